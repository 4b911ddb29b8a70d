import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { type Load, measure, Run } from "./measure.ts";
import type { Report } from "./report.ts";

/** How often the database is asked how many are left; ms. */
const POLL = 50;
const LOAD: Load = { count: 200, lanes: 20, until: "done" };

/**
 * Notifications handed in as bulks: how many a second come into their inboxes, from the first call on, beside workflows a second, one of which
 * each of them has.
 */
export async function bulkRate(
  knex: Knex,
  clients: Clients,
  empty: Child<unknown>,
  count: number,
): Promise<Report> {
  await measure(LOAD, clients.send, () => ({ cpu: 0 }));
  const { perSecond: workflows } = await empty.ask(LOAD, Run);
  const start = performance.now();
  await clients.queue(count);
  const accepted = (performance.now() - start) / 1_000;
  await allPersisted(knex);
  const seconds = (performance.now() - start) / 1_000;
  const rate = count / seconds;
  return {
    lines: [
      `  ${count} taken in within ${accepted.toFixed(1)} s, in their inboxes after ${seconds.toFixed(1)} s: ${rate.toFixed(0)} a second, beside ${workflows.toFixed(0)} empty workflows: ratio ${(rate / workflows).toFixed(2)} (asked: at least 20)`,
    ],
    figures: {
      persisted_per_second: rate,
      empty_per_second: workflows,
      ratio: rate / workflows,
      accepted_s: accepted,
    },
  };
}

/** Waits until no bulk send is left that is in no inbox. */
async function allPersisted(knex: Knex): Promise<void> {
  for (;;) {
    const left = await actAs(knex, "relay", (trx) =>
      trx("sends").where({ lane: "bulk", status: "accepted" }).first("id"),
    );
    if (left === undefined) return;
    await delay(POLL);
  }
}
