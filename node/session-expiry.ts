import type { Knex } from "knex";
import type { SessionLimits } from "../config/limits.ts";
import type { Logger } from "../config/log.ts";
import { endExpiredSessions } from "../store/people/sessions.ts";
import { every, type Loop } from "./every.ts";

/** Sessions whose time is over are ended about this often, or oftener where sessions are short; ms. */
const EVERY = 10_000;

/**
 * Ends sessions when their time is over, so that the live sockets which lived on them close too and the record says when.
 * Calls with such a session are refused anyway. Every node does so, and skips the rows that another node is ending.
 */
export function startExpiry({ knex, limits, log }: { knex: Knex; limits: SessionLimits; log: Logger }): Loop {
  return every(
    Math.min(EVERY, limits.idleSeconds * 250),
    () => endExpiredSessions(knex),
    (err) => log.debug({ err }, "sessions whose time is over could not be ended; trying again"),
  );
}
