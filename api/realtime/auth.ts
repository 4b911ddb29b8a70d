import type { IncomingMessage } from "node:http";
import type { Knex } from "knex";
import pg from "pg";
import { z } from "zod";
import type { RealtimeAuth } from "../../channels/websocket/gateway.ts";
import type { Logger } from "../../config/log.ts";
import type { Tokens } from "../../store/crypto/tokens.ts";
import { actAs } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { findSession } from "../../store/people/sessions.ts";
import { isAlive } from "../../store/people/subject-tokens.ts";
import { redeemTicket } from "../../store/people/tickets.ts";
import type { Site } from "../middleware/person.ts";
import { Throttled } from "../middleware/throttled.ts";
import type { UnderWay } from "../middleware/under-way.ts";

const Revocation = z.object({ sessionId: z.string().optional(), userId: z.string().optional() });
type Revocation = { sessionId?: string; userId?: string };

/** ms until listening is tried again after the connection was lost. */
const RELISTEN = 500;

/** Signs sockets in by cookie or ticket, and hears from PostgreSQL when a session or role ends. */
export function createRealtimeAuth(deps: {
  knex: Knex;
  databaseUrl: string;
  site: Site;
  /** Tells made-up tickets, which cost no look-up. */
  tickets: Pick<Tokens, "mayBe">;
  underWay: Pick<UnderWay, "turnOf">;
  log: Logger;
}): RealtimeAuth & {
  close(): Promise<void>;
} {
  const { knex, site, tickets, underWay } = deps;
  const revocations = listenForRevocations(deps.databaseUrl, deps.log);
  return {
    cookie: async (request) => {
      const token = cookieOf(request, site.cookie);
      if (token === undefined || !site.tokens.mayBe(token)) return null;
      // Upgrades stand in line with the session's calls.
      const find = (): ReturnType<typeof findSession> => findSession(knex, token);
      try {
        const person = await underWay.turnOf(`shown ${token}`, "reads", find);
        return person?.limited === true ? null : person;
      } catch (error) {
        if (error instanceof Throttled) return "too_many";
        throw error;
      }
    },
    ticket: (ticket, page) =>
      tickets.mayBe(ticket) ? redeemTicket(knex, ticket, page) : Promise.resolve(null),
    alive: async (owner) => {
      const { userId } = owner;
      if (!(await isAlive(knex, owner))) return "unauthenticated";
      const roles = await actAs(knex, `user:${userId}`, (trx) =>
        Membership.query(trx).where({ user_id: userId }).resultSize(),
      );
      return roles > 0 ? "ok" : "forbidden";
    },
    onRevoked: revocations.on,
    close: revocations.close,
  };
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  for (const pair of (headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value !== undefined) return value;
  }
  return undefined;
}

/** The people whom a revocation concerns; one that can't be read may concern everybody. */
function readRevocation(payload: string | undefined): Revocation {
  try {
    const { sessionId, userId } = Revocation.parse(JSON.parse(payload ?? ""));
    return { ...(sessionId === undefined ? {} : { sessionId }), ...(userId === undefined ? {} : { userId }) };
  } catch {
    return {};
  }
}

/** Keeps one connection that listens; when it was lost and is back, every session is checked. */
function listenForRevocations(url: string, log: Logger) {
  const listeners = new Set<(who: Revocation) => void>();
  let closed = false;
  let client: pg.Client | null = null;
  let missed = false;
  let retry: NodeJS.Timeout | undefined;

  const tell = (who: Revocation): void => {
    for (const listener of listeners) listener(who);
  };
  const lost = (err?: unknown): void => {
    if (closed || client === null) return;
    client.removeAllListeners();
    client.on("error", () => undefined);
    void client.end().catch(() => undefined);
    client = null;
    missed = true;
    log.warn({ err }, "lost the connection that listens for revocations; connecting again");
    retry = setTimeout(() => void listen(), RELISTEN);
  };
  const listen = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: "tocsin revocations",
      keepAlive: true,
    });
    client = next;
    next.on("error", lost);
    next.on("end", () => lost());
    next.on("notification", ({ payload }) => tell(readRevocation(payload)));
    try {
      await next.connect();
      await next.query("LISTEN tocsin_revoked");
      // Nobody heard of a session that was revoked while the connection was lost, so every session is checked.
      if (missed) tell({});
      missed = false;
    } catch (err) {
      lost(err);
    }
  };
  const listening = listen();

  return {
    on: (listener: (who: Revocation) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      await listening;
      await client?.end().catch(() => undefined);
    },
  };
}
