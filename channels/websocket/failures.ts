import type { ChannelLog } from "../plugin.ts";
import type { LiveMetrics } from "./metrics.ts";

/** Least time between two log lines, in ms, however many sockets wait. */
const LOG_EVERY_MS = 5_000;

/** Counts failures of the store and logs them now and then: while the store is away, every socket fails again and again. */
export function createFailureLog(log: ChannelLog, metrics: LiveMetrics): (error: unknown) => void {
  let failures = 0;
  let loggedAt = -Infinity;
  return (error) => {
    metrics.count("store_errors");
    failures++;
    const now = performance.now();
    if (now - loggedAt < LOG_EVERY_MS) return;
    log.warn({ err: error, failures }, "live delivery waits for the store");
    loggedAt = now;
    failures = 0;
  };
}
