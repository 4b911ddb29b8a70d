import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { until } from "../../testing/until.ts";
import { act } from "../transitions/act.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital({ max: 10 });
});
afterAll(() => hospital.close());

/** Not some call of another test's database. */
const isWaiting = async (): Promise<boolean> => {
  const own = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";
  return (await hospital.asOwner(`SELECT FROM pg_locks WHERE NOT granted AND ${own}`)).length > 0;
};

it("a call that waited for a table is made again where a migration changed it meanwhile", async () => {
  const id = await hospital.notify("north-1");
  const migration = await hospital.owner("notifications");
  await migration.query("BEGIN");
  await migration.query("LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE");
  const acknowledged = act(hospital.knex, "north-1", id, { kind: "acknowledge" });
  acknowledged.catch(() => undefined);
  await until("the call waits", isWaiting);
  await migration.query("ALTER TABLE notifications ADD COLUMN added text NOT NULL DEFAULT 'new'");
  await migration.query("COMMIT");
  expect(await acknowledged).toMatchObject({ kind: "done", notification: { id, status: "acknowledged" } });
});

it("of calls that wait for each other, the one that PostgreSQL ended is made again", async () => {
  const id = await hospital.notify("north-1");
  const migration = await hospital.owner("notifications", "inboxes");
  await migration.query("BEGIN");
  await migration.query("LOCK TABLE inboxes IN ACCESS EXCLUSIVE MODE");
  const acknowledged = act(hospital.knex, "north-1", id, { kind: "acknowledge" });
  acknowledged.catch(() => undefined);
  await until("the call waits", isWaiting);
  await migration.query("LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE");
  await migration.query("COMMIT");
  expect(await acknowledged).toMatchObject({ kind: "done", notification: { id } });
});
