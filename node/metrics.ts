import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import type { LiveMetrics } from "../channels/websocket/metrics.ts";
import type { Urgency } from "./admission.ts";

/** A node's counters, for Prometheus: ids never become labels, so the number of series stays small. */
export interface Metrics {
  registry: Registry;
  live: LiveMetrics;
  /** Answers by method, route pattern and status. */
  request(method: string, route: string, status: number, seconds: number): void;
  /** A call that sends was refused, since more comes in than can be worked off. */
  sendRefused(urgency: Urgency): void;
  /** Somebody reads more originals in an hour than is usual. */
  revealsAreMany(): void;
  /** A text that took too much time or memory to redact. */
  redactionUnfinished(code: "time" | "memory"): void;
}

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
    help: "People who read more originals in an hour than RATE_REVEALS_PER_HOUR says",
    registers,
  });
  const refused = new Counter({
    name: "tocsin_sends_refused_total",
    help: "Calls that send and were refused at once, since more came in than could be worked off in time",
    labelNames: ["urgency"],
    registers,
  });
  return {
    registry,
    live: {
      count: (event, label) => live.inc({ event, label: label === undefined ? "" : String(label) }),
      ping: (ms) => ping.observe(ms / 1_000),
    },
    sendRefused: (urgency) => refused.inc({ urgency }),
    revealsAreMany: () => reveals.inc(),
    redactionUnfinished: (code) => unfinished.inc({ code }),
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
  };
}
