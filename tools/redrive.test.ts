import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { countFailure } from "../store/notifications/troubles.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { aContactPoint } from "../testing/nouns.ts";
import { runTool } from "../testing/tool.ts";

let hospital: Hospital;
let delivery: string;
let parked: string;
let elsewhere: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "one@north.example" });
});
beforeEach(async () => {
  const owner = await hospital.owner("deliveries", "troubles");
  await owner.query("DELETE FROM troubles");
  await owner.query("UPDATE deliveries SET status = 'skipped', reason = 'offline'");
  const notification = await hospital.notify("north-1");
  const { rows } = await owner.query(
    "UPDATE deliveries SET status = CASE channel WHEN 'email' THEN 'failed' ELSE 'skipped' END, reason = 'auth_failed' WHERE notification_id = $1 RETURNING id, status",
    [notification],
  );
  delivery = rows.find(({ status }) => status === "failed").id;
  parked = await hospital.notify("north-2");
  elsewhere = await hospital.notify("south-1");
  await owner.query("UPDATE deliveries SET status = 'skipped' WHERE notification_id = $1", [elsewhere]);
  for (const id of [parked, elsewhere])
    for (let n = 0; n < 10; n += 1) await countFailure(hospital.knex, "expire", id, "P0001");
});
afterAll(() => hospital.close());

const CHANNEL_EMAIL = JSON.stringify({ host: "127.0.0.1", port: 1, tls: "none", from: "t@west.example" });
const redrive = (
  flags: string[],
  env: NodeJS.ProcessEnv = { CHANNEL_EMAIL, CHANNEL_PRIVATE_HOSTS: "127.0.0.1" },
) => runTool("redrive", flags, { ...hospital.env, ...env });
const left = async (): Promise<number> => {
  const rows = await hospital.asOwner(
    "SELECT id FROM troubles UNION ALL SELECT redelivery_of FROM deliveries WHERE redriven AND redelivery_of = $1",
    delivery,
  );
  return rows.length;
};

it("shows what failed and why, and changes nothing with --dry-run", async () => {
  const { status, out } = await redrive(["--dry-run"]);
  expect(status).toBe(0);
  expect(out).toMatch(
    new RegExp(`^delivery +${delivery} .*The channel email could not deliver it \\(auth_failed\\)`, "m"),
  );
  expect(out).toMatch(new RegExp(`^expire +${parked} .*10 +It could not be ended`, "m"));
  expect(out).toContain(elsewhere);
  expect(await left()).toBe(2);
});

it("has it done again by territory, by kind and by id, on record", async () => {
  expect(await redrive(["--territory=north", "--kind=delivery"])).toMatchObject({
    status: 0,
    out: expect.stringMatching(new RegExp(`^kind.*\n.*${delivery}.*done again\n$`)),
  });
  expect(await left()).toBe(3);
  expect(await redrive([parked])).toMatchObject({ status: 0, out: expect.not.stringContaining(elsewhere) });
  expect(await redrive([])).toMatchObject({ status: 0, out: expect.stringContaining(elsewhere) });
  expect(await redrive([])).toMatchObject({ status: 0, out: "Nothing failed that was not mended.\n" });
  const recorded = await hospital.asOwner(
    "SELECT actor, object_id FROM audit_events WHERE action = 'work.redrive' AND object_id = ANY ($1)",
    [parked, elsewhere],
  );
  expect(recorded).toEqual([
    { actor: "relay", object_id: parked },
    { actor: "relay", object_id: elsewhere },
  ]);
});

it("leaves a delivery whose channel is off, and says so", async () => {
  const { status, out } = await redrive(["--kind=delivery"], {});
  expect(status).toBe(1);
  expect(out).toContain("the channel is off");
});

it("refuses what it can't read in a line", async () => {
  expect(await redrive(["--kind=nonsense"])).toMatchObject({
    status: 2,
    err: expect.stringContaining("--kind=nonsense is none of"),
  });
  expect(await redrive(["nonsense"])).toMatchObject({
    status: 2,
    err: expect.stringContaining("nonsense is no id"),
  });
});
