import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { endExpiredSessions } from "../store/people/sessions.ts";
import type { SessionLimits } from "../config/limits.ts";

/** Sessions whose time is over are ended this often at least; ms. */
const EVERY = 10_000;

/**
 * Ends sessions when their time is over, so that the live sockets which lived on them close too and the record says when.
 * Calls with such a session are refused anyway. Every node does it; they pass each other's rows over.
 */
export function startExpiry(deps: { knex: Knex; limits: SessionLimits; log: Logger }): {
  stop(): Promise<void>;
} {
  const wait = Math.min(EVERY, deps.limits.idleSeconds * 250);
  let running: Promise<void> = Promise.resolve();
  const sweep = async (): Promise<void> => {
    try {
      await endExpiredSessions(deps.knex);
    } catch (err) {
      deps.log.debug({ err }, "sessions whose time is over could not be ended; trying again");
    }
    timer = setTimeout(next, wait);
  };
  const next = (): void => void (running = sweep());
  let timer = setTimeout(next, wait);
  return {
    stop: async () => {
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
