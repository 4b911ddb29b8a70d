import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import type { LiveMetrics } from "../channels/websocket/metrics.ts";
import type { Urgency } from "./admission.ts";
import { createPoolWatch, type WatchPool } from "./pools.ts";

/** A node's counters, for Prometheus: ids never become labels, so the number of series stays small. */
export interface Metrics {
  registry: Registry;
  /** Shows a pool of connections. */
  watchPool: WatchPool;
  live: LiveMetrics;
  /** Answers by method, route pattern and status. */
  request(method: string, route: string, status: number, seconds: number): void;
  /** A call that sends was refused, since more comes in than can be worked off. */
  sendRefused(urgency: Urgency): void;
  /** An attempt at a delivery, by its channel and how it ended: a delivery's status, or `again`. */
  attempt(channel: string, outcome: string): void;
  /** The relay or the reconciler starts workflows: so many that Temporal took, and so many that it did not. */
  relayed(loop: "relayed" | "reconciled", taken: number, refused: number): void;
  /** A round of a loop failed. */
  loopFailed(loop: LoopName): void;
  /** A workflow's run failed, or a task of it did. */
  workflowFailed(what: "run" | "task"): void;
  /** Whether one did in the last five minutes. */
  workflowsFail(): boolean;
  /** Somebody reads more originals in an hour than is usual. */
  revealsAreMany(): void;
  /** A text that took too much time or memory to redact. */
  redactionUnfinished(code: "time" | "memory"): void;
}

/** The loops of a node, as its metrics name them. */
export type LoopName = "relay" | "backlog" | "partitions" | "shredder";

/** How long a workflow's failure counts as one of the present; ms. */
const RECENT = 5 * 60_000;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const live = new Counter({
    name: "tocsin_live_events_total",
    help: "What happened on live connections and the bus",
    labelNames: ["event", "label"],
    registers,
  });
  const ping = new Histogram({
    name: "tocsin_live_ping_seconds",
    help: "Round trip of a ping to a live client",
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const receipts = new Histogram({
    name: "tocsin_receipt_seconds",
    help: "From a notification's frame to the receipt of the client",
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 15],
    registers,
  });
  const attempts = new Counter({
    name: "tocsin_delivery_attempts_total",
    help: "Attempts at deliveries by how they ended; again: it is tried again",
    labelNames: ["channel", "outcome"],
    registers,
  });
  const relayed = new Counter({
    name: "tocsin_relay_starts_total",
    help: "Workflows that the relay and the reconciler started, or that Temporal did not take",
    labelNames: ["loop", "outcome"],
    registers,
  });
  const loops = new Counter({
    name: "tocsin_loop_failures_total",
    help: "Rounds of a loop that failed",
    labelNames: ["loop"],
    registers,
  });
  const workflows = new Counter({
    name: "tocsin_workflow_failures_total",
    help: "Runs of workflows that failed, and tasks of workflows that did",
    labelNames: ["what"],
    registers,
  });
  let workflowFailedAt = Number.NEGATIVE_INFINITY;
  // A counter that is there from the start shows its first increase.
  for (const loop of ["relay", "backlog", "partitions", "shredder"]) loops.inc({ loop }, 0);
  for (const what of ["run", "task"]) workflows.inc({ what }, 0);
  const requests = new Histogram({
    name: "tocsin_http_request_seconds",
    help: "Time to answer",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.5, 1, 2],
    registers,
  });
  const unfinished = new Counter({
    name: "tocsin_redactions_unfinished_total",
    help: "Texts that took too much to redact",
    labelNames: ["code"],
    registers,
  });
  const reveals = new Counter({
    name: "tocsin_reveals_over_rate_total",
    help: "People who read more originals in an hour than RATE_REVEALS_PER_HOUR says, by territory",
    registers,
  });
  const refused = new Counter({
    name: "tocsin_sends_refused_total",
    help: "Calls that send and were refused at once, since more came in than could be worked off in time",
    labelNames: ["urgency"],
    registers,
  });
  for (const urgency of ["critical", "other"]) refused.inc({ urgency }, 0);
  return {
    registry,
    watchPool: createPoolWatch(registry),
    live: {
      count: (event, label) => live.inc({ event, label: label === undefined ? "" : String(label) }),
      ping: (ms) => ping.observe(ms / 1_000),
      receipt: (ms) => receipts.observe(ms / 1_000),
    },
    sendRefused: (urgency) => refused.inc({ urgency }),
    attempt: (channel, outcome) => attempts.inc({ channel, outcome }),
    relayed: (loop, taken, refused) => {
      relayed.inc({ loop, outcome: "taken" }, taken);
      relayed.inc({ loop, outcome: "refused" }, refused);
    },
    loopFailed: (loop) => loops.inc({ loop }),
    workflowFailed: (what) => {
      workflows.inc({ what });
      workflowFailedAt = performance.now();
    },
    workflowsFail: () => performance.now() - workflowFailedAt < RECENT,
    revealsAreMany: () => reveals.inc(),
    redactionUnfinished: (code) => unfinished.inc({ code }),
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
  };
}
