import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { actAs, type Transaction } from "../store/db/knex.ts";
import { createLog } from "../config/log.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { noTemporal } from "../testing/starter.ts";
import { startBacklog } from "./backlog.ts";
import { createPrecedence } from "./precedence.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

it("tries a bulk send soon again that Temporal did not take, and a territory's pages", async () => {
  const id = await hospital.accept("north-1", {}, "bulk");
  const alone = (trx: Transaction) => trx("sends").where({ id }).update({ alone: true });
  await actAs(hospital.knex, "bulk:north", alone);
  await hospital.accept("south-1", {}, "bulk");
  const pages: string[] = [];
  const tries: string[] = [];
  const ways = new Set<string | undefined>();
  const { starts } = createPrecedence();
  const backlog = startBacklog({
    knex: hospital.knex,
    starter: {
      ...noTemporal,
      state: () => "up",
      start: async (one, _, again) => {
        ways.add(again);
        tries.push(one);
        return tries.length > 2;
      },
      startBulk: async (territory) => {
        pages.push(territory);
        return pages.length > 1;
      },
    },
    starts,
    metrics: { loopFailed: () => undefined },
    log: createLog("silent"),
  });
  onTestFinished(() => backlog.stop());
  await expect.poll(() => tries, { timeout: 60_000 }).toEqual([id, id, id]);
  await expect.poll(() => pages.slice(0, 2), { timeout: 60_000 }).toEqual(["south", "south"]);
  // Temporal may hold it as completed, where PostgreSQL was restored from before that.
  expect([...ways]).toEqual(["again"]);
  // What Temporal refuses though it answers is counted.
  const counted = "SELECT kind, failures, code, parked_at FROM troubles WHERE id = $1";
  await expect
    .poll(() => hospital.asOwner(counted, id))
    .toEqual([{ kind: "start", failures: 2, code: "refused", parked_at: null }]);
});
