import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { type Load, measure, Run } from "./measure.ts";
import type { Report } from "./report.ts";

/** How often the database is asked how far a broadcast is; ms. */
const POLL = 50;
const LOAD: Load = { count: 200, lanes: 20, until: "done" };

/**
 * A broadcast to a crowded territory: people a second into whose inbox it came, beside workflows a second, one of which each of them would
 * have taken; and when the last open screen was told.
 */
export async function broadcastRate(
  knex: Knex,
  clients: Clients,
  empty: Child<unknown>,
  territoryId: string,
): Promise<Report> {
  await measure(LOAD, clients.send, () => ({ cpu: 0 }));
  const { perSecond: workflows } = await empty.ask(LOAD, Run);
  const told = clients.tellsEverybody();
  const start = performance.now();
  const id = await clients.broadcast(territoryId);
  const people = await persisted(knex, id);
  const seconds = (performance.now() - start) / 1_000;
  const last = ((await told) - start) / 1_000;
  const rate = people / seconds;
  const lines = [
    `  ${people} people in ${seconds.toFixed(1)} s: ${rate.toFixed(0)} a second, beside ${workflows.toFixed(0)} empty workflows: ratio ${(rate / workflows).toFixed(1)} (asked: at least 20)`,
    `  the last of the open screens was told after ${last.toFixed(1)} s (asked: within 5 s for 10,000 people)`,
  ];
  return {
    lines,
    figures: {
      people_per_second: rate,
      empty_per_second: workflows,
      ratio: rate / workflows,
      last_screen_s: last,
    },
  };
}

/** Waits until a broadcast is in everybody's inbox; answers how many they are. */
export async function persisted(knex: Knex, id: string): Promise<number> {
  for (;;) {
    const { rows } = await actAs(knex, `worker:${id}`, (trx) =>
      trx.raw("SELECT status, persisted FROM sends WHERE id = ?", [id]),
    );
    if (rows[0].status === "persisted") return Number(rows[0].persisted);
    await delay(POLL);
  }
}
