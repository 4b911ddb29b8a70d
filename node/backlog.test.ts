import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
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

it("tries a bulk send soon again that Temporal did not take", async () => {
  const id = await hospital.accept("north-1", {}, "bulk");
  const tries: string[] = [];
  const { starts } = createPrecedence();
  const backlog = startBacklog({
    knex: hospital.knex,
    starter: {
      ...noTemporal,
      state: () => "up",
      start: async (one) => {
        tries.push(one);
        return tries.length > 2;
      },
    },
    starts,
    metrics: { loopFailed: () => undefined },
    log: createLog("silent"),
  });
  onTestFinished(() => backlog.stop());
  await expect.poll(() => tries, { timeout: 60_000 }).toEqual([id, id, id]);
  // What Temporal refuses though it answers is counted.
  const counted = "SELECT kind, failures, code, parked_at FROM troubles WHERE id = $1";
  await expect
    .poll(() => hospital.asOwner(counted, id))
    .toEqual([{ kind: "start", failures: 2, code: "refused", parked_at: null }]);
});
