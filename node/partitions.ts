import type { Knex } from "knex";
import { Gauge } from "prom-client";
import type { Logger } from "../config/log.ts";
import { makePartitions } from "../store/archive/partitions.ts";
import { every, type Loop } from "./every.ts";
import type { Metrics } from "./metrics.ts";

/** Partitions are made three months ahead, so an hour is soon enough; ms. */
const EVERY = 3_600_000;
const FIRST = 5_000;
/** A last partition that ends sooner than this has waited a day for the next one: three months have 89 days at least; ms. */
const ROOM = 88 * 86_400_000;

/**
 * Makes the partitions of the months to come. Any number of nodes may run it: one makes them at a time. Where all fail for months, rows go to
 * the default partition; none is refused.
 */
export function startPartitions({
  knex,
  metrics,
  log,
}: {
  knex: Knex;
  metrics: Pick<Metrics, "loopFailed" | "registry">;
  log: Logger;
}): Loop {
  const end = new Gauge({
    name: "tocsin_partitions_end_timestamp_seconds",
    help: "When the last partition of a table ends; 0 where this node does not know",
    labelNames: ["table"],
    registers: [metrics.registry],
  });
  const round = async (): Promise<void> => {
    const made = await makePartitions(knex);
    for (const { parent, ends } of made) end.set({ table: parent }, ends.getTime() / 1_000);
    const late = made.find(({ ends }) => ends.getTime() < Date.now() + ROOM);
    if (late !== undefined)
      throw new Error(
        `the last partition of ${late.parent} ends at ${late.ends.toISOString()}; PostgreSQL's log says why`,
      );
  };
  const failed = (err: unknown): void => {
    metrics.loopFailed("partitions");
    log.error({ err }, "the partitions of the months to come could not be made");
  };
  return every(EVERY, round, failed, FIRST);
}
