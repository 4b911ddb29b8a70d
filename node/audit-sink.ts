import type { Knex } from "knex";
import { Counter, Gauge, type Registry } from "prom-client";
import type { AuditSink } from "../config/audit-sink.ts";
import type { Logger } from "../config/log.ts";
import { ship, sinkLag } from "../store/audit/sink/ship.ts";
import { openSink } from "../store/audit/sink/sink.ts";
import { every, type Loop } from "./every.ts";
import { createLag } from "./lag.ts";

/** How often a node looks for what has been recorded since; ms. */
const EVERY = 1_000;
/** How far the sink may fall behind before the node says so; s. */
const LATE = 60;

/** The sink's loop, and how far it is behind. */
export interface SinkLoop extends Loop {
  isLate(): boolean;
}

export interface SinkDeps {
  knex: Knex;
  log: Logger;
  registry: Registry;
}

/** Sends the audit record off the machine as it is made. Any number of nodes may run it: one sends at a time. */
export function startSink(config: AuditSink, { knex, log, registry }: SinkDeps, ms = EVERY): SinkLoop {
  const sink = openSink(config);
  const registers = [registry];
  const lag = new Gauge({
    name: "tocsin_audit_sink_lag_seconds",
    help: "Age of the oldest audit event that TOCSIN_AUDIT_SINK does not have yet",
    registers,
  });
  const failures = new Counter({
    name: "tocsin_audit_sink_failures_total",
    help: "Rounds in which the audit record could not be sent to TOCSIN_AUDIT_SINK",
    registers,
  });
  let late = false;
  const behind = createLag(() => sinkLag(knex, sink.url));
  const note = async (): Promise<void> => {
    const { seconds, heldBy } = await behind();
    lag.set(seconds);
    if (!late && seconds > LATE)
      log.warn(
        { lagSeconds: Math.round(seconds), heldBy },
        "the audit record is late at its sink: where nothing refuses it, look at the process heldBy, which says that it sends it",
      );
    late = seconds > LATE;
  };
  const loop = every(
    ms,
    async (stopping) => {
      await ship(knex, sink, stopping).finally(note);
    },
    (err) => {
      failures.inc();
      log.warn(
        { err, sink: config.kind },
        "the audit record could not be sent to its sink; it is tried again",
      );
    },
  );
  return { ...loop, isLate: () => late };
}
