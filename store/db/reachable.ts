import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../config/log.ts";
import { isPostgresError, isUnavailable } from "./knex.ts";
import { refusalOf } from "./refusals.ts";

/** Pauses between two tries; ms. */
const MIN_WAIT = 250;
const MAX_WAIT = 5_000;

/** PostgreSQL: a lock was not had within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = "55P03";

/** The log of a start that waits, and the way to end the wait. */
export interface Patience {
  log: Logger;
  /** Ends the wait when it aborts. */
  signal: AbortSignal;
}

/**
 * Does a start's work on PostgreSQL, again and again while PostgreSQL can't be reached, starts up, or has no connection left, or while
 * a table that a migration changes is in use; the log says so. `work` must be harmless twice.
 * @param url names the server
 * @throws DatabaseSetupError for a refusal that waiting does not mend; any other error of `work`; the signal's reason
 */
export async function whenReachable<T>(
  url: string,
  { log, signal }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  const { host } = new URL(url);
  for (let wait = MIN_WAIT; ; wait = Math.min(2 * wait, MAX_WAIT)) {
    signal.throwIfAborted();
    try {
      const result = await work();
      if (wait > MIN_WAIT) log.info({ host }, "PostgreSQL answers; the start goes on");
      return result;
    } catch (err) {
      if (!isUnavailable(err)) throw refusalOf(err, host) ?? err;
      const why = isPostgresError(err, LOCK_NOT_AVAILABLE)
        ? "the start waits for a table that is in use and that a migration changes"
        : "the start waits for PostgreSQL, which does not serve it yet";
      log.warn({ err, host, retryMs: wait }, why);
    }
    await delay(wait, undefined, { signal });
  }
}
