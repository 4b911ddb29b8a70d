import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aWish } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { claimUnfinished } from "../notifications/outbox.ts";
import { workLeft } from "./arrive.ts";
import { claim } from "./claim.ts";
import { holdAnew } from "./hold-anew.ts";

const HOUR = 3_600_000;
let hospital: Hospital;
let id: string;
let delivery: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-2"]) {
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@north.example` });
    const clock = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString().slice(11, 16);
    await aWish(hospital, person, { quiet_hours: { start: clock(-2), end: clock(4) }, time_zone: "UTC" });
  }
});
beforeEach(async () => {
  id = await hospital.notify("north-1");
  const rows = await hospital.asOwner(
    "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
    id,
  );
  delivery = String(rows[0]?.["id"]);
  // The live channel is done with.
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("deliveries").where({ notification_id: id, channel: "websocket" }).update({ status: "skipped" }),
  );
});
afterAll(() => hospital.close());

const heldMs = async (): Promise<number | undefined> =>
  (await workLeft(hospital.knex, id)).groups[0]?.deliveries[0]?.heldMs;
const found = async (): Promise<boolean> =>
  (await claimUnfinished(hospital.knex)).some((one) => one.id === id);

it("what quiet hours hold goes out once they are switched off, of that person alone", async () => {
  const other = await hospital.notify("north-2");
  expect(await claim(hospital.knex, id, delivery, [])).toMatchObject({ status: "queued", held: true });
  expect(await found()).toBe(false);
  expect(await holdAnew(hospital.knex, "north-1", null)).toBeGreaterThan(0);
  expect(await heldMs()).toBe(0);
  // Its workflow is told.
  expect(await found()).toBe(true);
  expect(await claim(hospital.knex, id, delivery, [])).toMatchObject({ channel: "email", attempt: 1 });
  expect((await workLeft(hospital.knex, other)).groups[0]?.deliveries.at(-1)?.heldMs).toBeGreaterThan(HOUR);
});

it("what quiet hours hold is held until their new end, and its workflow is told of it once", async () => {
  await holdAnew(hospital.knex, "north-1", new Date(Date.now() + HOUR));
  expect(await heldMs()).toBeLessThanOrEqual(HOUR);
  expect(await heldMs()).toBeGreaterThan(HOUR - 60_000);
  expect(await found()).toBe(true);
  const [row] = await hospital.asOwner(
    "SELECT extract(epoch FROM next_check_at - hold_until)::float8 AS after FROM deliveries WHERE id = $1",
    delivery,
  );
  expect(row?.["after"]).toBeCloseTo(10, 1);
  expect(await claim(hospital.knex, id, delivery, [])).toMatchObject({ status: "queued", held: true });
});

it("what is held until the same time is left alone", async () => {
  const until = new Date(Date.now() + HOUR);
  await holdAnew(hospital.knex, "north-1", until);
  expect(await holdAnew(hospital.knex, "north-1", until)).toBe(0);
});
