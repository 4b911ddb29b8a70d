import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createLog } from "../config/log.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { startShredder } from "./shredder.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

it("a territory whose originals can't be destroyed holds up no other's, and is in the log and counted", async () => {
  const [north, south] = [await hospital.notify("north-1"), await hospital.notify("south-1")];
  const owner = await hospital.owner("sends", "territories", "deliveries");
  await owner.query(`UPDATE territories SET settings = settings || '{"originals_days": 7}'`);
  await owner.query("UPDATE deliveries SET status = 'delivered'");
  await owner.query("UPDATE sends SET created_at = now() - interval '30 days'");
  await owner.query(
    "ALTER TABLE sends ADD CONSTRAINT kept CHECK (territory_id <> 'north' OR shredded_at IS NULL) NOT VALID",
  );
  const lines: string[] = [];
  let failed = 0;
  const shredder = startShredder({
    knex: hospital.knex,
    metrics: { loopFailed: () => void failed++ },
    log: createLog("error", { write: (line) => void lines.push(line) }),
  });
  onTestFinished(() => shredder.stop());
  const kept = async (): Promise<string[]> =>
    (await owner.query("SELECT id FROM sends WHERE shredded_at IS NULL")).rows.map(({ id }) => id);
  await expect.poll(kept, { timeout: 60_000 }).toEqual([north]);
  await expect.poll(() => failed, { timeout: 60_000 }).toBe(1);
  expect(await kept()).not.toContain(south);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { territoryId: "north", err: { code: "23514" } },
  ]);
});
