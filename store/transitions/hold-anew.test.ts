import type { Knex } from "knex";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { meanwhile } from "../../testing/locks.ts";
import { aContactPoint, aWish } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { claimUnfinished } from "../notifications/outbox.ts";
import { planSend } from "../../activities/arrival/plan.ts";
import { must } from "../../config/must.ts";
import { arrive, readIntake, workLeft } from "./arrive.ts";
import { claim, hold } from "./claim.ts";
import { holdAnew } from "./hold-anew.ts";

const HOUR = 3_600_000;
let hospital: Hospital;
let id: string;
let delivery: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-2"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@north.example` });
  await isQuiet("north-2");
});
beforeEach(async () => {
  await isQuiet("north-1");
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

/** Has somebody's quiet hours hold what comes now, for four hours. */
async function isQuiet(person: string): Promise<void> {
  const clock = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString().slice(11, 16);
  await aWish(hospital, person, { quiet_hours: { start: clock(-2), end: clock(4) }, time_zone: "UTC" });
}
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

describe("whose wishes change", () => {
  /** Takes something in and plans it; answers how it arrives. */
  const planned = async () => {
    id = await hospital.accept("north-1");
    const { send, people } = must(await readIntake(hospital.knex, id), "intake");
    const arrivals = planSend(id, must(people[0], "recipient"), send, ["websocket", "email"]);
    const said = {
      title: null,
      message: "At -58",
      redaction: { version: "1", counts: {} },
      escalation: null,
    };
    return (knex: Knex) => arrive(knex, id, said, arrivals, true);
  };
  const holds = () =>
    hospital.asOwner(
      "SELECT status, reason, hold_until > now() AS held FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
      id,
    );
  const GOES_OUT = [{ status: "queued", reason: null, held: null }];

  it("after something was planned by the former ones, and before it arrives, has it held by the new ones alone", async () => {
    const arrives = await planned();
    await aWish(hospital, "north-1", {});
    await holdAnew(hospital.knex, "north-1", null);
    await arrives(hospital.knex);
    expect(await holds()).toEqual(GOES_OUT);
  });

  it("while something arrives waits for that, and has it held no longer", async () => {
    const arrives = await planned();
    await meanwhile(
      hospital,
      async (trx) => {
        await arrives(trx);
        await aWish(hospital, "north-1", {});
      },
      () => holdAnew(hospital.knex, "north-1", null),
    );
    expect((await holds())[0]).toMatchObject({ status: "queued", held: false });
  });

  it("while an attempt is made has it made again at once, not held by the former ones", async () => {
    const owner = await hospital.owner("deliveries");
    await owner.query("UPDATE deliveries SET hold_until = NULL, reason = NULL WHERE id = $1", [delivery]);
    const claimed = await claim(hospital.knex, id, delivery, []);
    if ("status" in claimed) throw new Error("not claimed");
    await aWish(hospital, "north-1", {});
    await holdAnew(hospital.knex, "north-1", null);
    const held = await hold(hospital.knex, claimed, "quiet_hours", new Date(Date.now() + HOUR));
    expect(held).toEqual({ status: "queued", retryAfterMs: 0, nextMs: null });
    expect(await holds()).toEqual(GOES_OUT);
    expect(await claim(hospital.knex, id, delivery, [])).toMatchObject({ attempt: 1 });
  });
});
