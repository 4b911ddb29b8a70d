import type { Knex } from "knex";
import { Gauge, type Registry } from "prom-client";
import { LANES } from "../channels/contract.ts";
import { readState, type State } from "../store/notifications/state.ts";
import { createReading } from "./reading.ts";

/** Lets Prometheus see how notifications stand. It is read with each scrape; while PostgreSQL is away the gauges keep their values. */
export function watchState(knex: Knex, registry: Registry): void {
  const state = createReading(() => readState(knex));
  const gauge = (
    name: string,
    help: string,
    label: string | null,
    values: (state: State) => [string, number][],
  ) =>
    new Gauge({
      name,
      help,
      labelNames: label === null ? [] : [label],
      registers: [registry],
      async collect() {
        const found = await state();
        if (found === null) return;
        for (const [value, count] of values(found)) {
          if (label === null) this.set(count);
          else this.set({ [label]: value }, count);
        }
      },
    });
  gauge(
    "tocsin_oldest_unpersisted_seconds",
    "Age of the oldest send that is due and in no inbox yet",
    "lane",
    ({ oldestUnpersisted }) => LANES.map((lane) => [lane, oldestUnpersisted[lane] ?? 0]),
  );
  gauge("tocsin_unpersisted_sends", "Sends that are due and in no inbox yet", "lane", ({ unpersisted }) =>
    LANES.map((lane) => [lane, unpersisted[lane] ?? 0]),
  );
  gauge("tocsin_overdue_steps", "Steps of alerts that are due and not taken", null, ({ overdueSteps }) => [
    ["", overdueSteps],
  ]);
  gauge(
    "tocsin_unanswered_alerts",
    "Alerts that wait for somebody to acknowledge them",
    "state",
    ({ unanswered }) => Object.entries(unanswered),
  );
  gauge("tocsin_parked_items", "Items that a loop has given up on", null, ({ parked }) => [["", parked]]);
}
