import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createWebhooks } from "../../api/webhooks/hooks.ts";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { readAllTimelines } from "../../testing/timelines.ts";
import { createVault } from "../crypto/vault.ts";
import { cancel } from "../transitions/withdraw.ts";
import { claimWebhook, type ClaimedDelivery, type Ending, settleWebhook } from "./queue.ts";

const ADMIN = { userId: "admin" } as Parameters<ReturnType<typeof createWebhooks>["create"]>[0];

let hospital: Hospital;
let claimed: ClaimedDelivery;
beforeAll(async () => {
  hospital = await createHospital();
});
beforeEach(async () => {
  const { knex, config, services } = hospital;
  const hooks = createWebhooks({ knex, vault: createVault(config.masterKeys), privateHosts: ["127.0.0.1"] });
  const made = { service_id: services.north.id, url: "http://127.0.0.1/hook" };
  const { row } = await hooks.create(ADMIN, { ...made, types: ["notification.cancelled"] });
  await cancel(knex, services.north.id, await hospital.notify("north-1"));
  await readAllTimelines(knex);
  claimed = must((await claimWebhook(knex, row.id, 1))?.deliveries[0], "delivery");
  await hooks.remove(ADMIN, row.id);
});
afterAll(() => hospital.close());

/** Between which waits, in s, an attempt of this number is made again. */
async function waitAfter(attempt: number, ending: Ending): Promise<{ least: number; most: number }> {
  const owner = await hospital.owner("webhook_deliveries");
  const one = async (sql: string, ...values: unknown[]) => (await owner.query(sql, values)).rows[0];
  await one("UPDATE webhook_deliveries SET attempts = $2 WHERE id = $1", claimed.deliveryId, attempt);
  const before = await one("SELECT clock_timestamp() AS at");
  await settleWebhook(hospital.knex, { ...claimed, attempt }, ending);
  return await one(
    `SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float AS least,
       extract(epoch FROM next_attempt_at - $2::timestamptz)::float AS most FROM webhook_deliveries WHERE id = $1`,
    claimed.deliveryId,
    before.at,
  );
}

it.each([
  [1, 5],
  [2, 60],
  [3, 300],
  [4, 1_800],
  [5, 7_200],
  [6, 21_600],
  [9, 21_600],
])("attempt %d that failed is made again after %d s, give or take a tenth", async (attempt, seconds) => {
  const wait = await waitAfter(attempt, { code: "http_503" });
  expect(wait.least).toBeLessThanOrEqual(seconds * 1.1);
  expect(wait.most).toBeGreaterThanOrEqual(seconds * 0.9);
});

it.each([
  ["later where its receiver asks for that", 600_000, 600],
  ["and after a day where it asks for more", 10 * 86_400_000, 86_400],
])("is made again %s", async (_, retryAfterMs, seconds) => {
  const wait = await waitAfter(1, { code: "http_429", retryAfterMs });
  expect(wait.least).toBeLessThanOrEqual(seconds);
  expect(wait.most).toBeGreaterThanOrEqual(seconds);
});
