import { within } from "../../config/within.ts";
import type { ChannelLog } from "../plugin.ts";
import type { Connection } from "./connection.ts";
import type { RealtimeAuth, Revoked } from "./ports.ts";
import { CLOSE_CODES } from "./protocol.ts";

export interface Revocations {
  /** The number of revocations so far. */
  count(): number;
  /** Looks the session up again where a revocation came after `seen` were counted: it may have come during the lookup. */
  verifyIfMissed(connection: Connection, seen: number): void;
  /** The connections that a revocation concerns. */
  of(who: Revoked): Connection[];
  stop(): void;
}

/** How long looking a session up may take, in ms: a revoked one must be closed within a second. */
const VERIFY_MS = 700;
/** Sessions looked up at once when any of them may have ended. */
const BATCH = 10;

/** Closes sockets whose session was revoked (4401) or whose person lost the last membership (4403), within 1 s. */
export function enforceRevocations(
  auth: RealtimeAuth,
  connections: ReadonlySet<Connection>,
  log: ChannelLog,
): Revocations {
  let count = 0;
  const stop = auth.onRevoked((who) => {
    count++;
    if (who.sessionId === undefined && who.userId === undefined) void verifyAll();
    else for (const connection of of(who)) void verify(connection);
  });

  /** Looks all sessions up, a few at a time. A session that can't be looked up is left to the check with its ping. */
  async function verifyAll(): Promise<void> {
    const all = [...connections];
    for (let from = 0; from < all.length; from += BATCH) {
      await Promise.allSettled(all.slice(from, from + BATCH).map((connection) => closeIfEnded(connection)));
    }
  }

  async function closeIfEnded(connection: Connection): Promise<void> {
    const identity = connection.identity();
    if (identity === null) return;
    const standing = await auth.alive(identity);
    if (standing !== "ok") connection.close(CLOSE_CODES[standing], "the session has ended");
  }

  /** A session that can't be looked up in time is not trusted: the client comes back and signs in afresh. */
  async function verify(connection: Connection): Promise<void> {
    try {
      const end = await within(closeIfEnded(connection), VERIFY_MS, () => "late" as const);
      if (end === "late") connection.close(CLOSE_CODES.restart, "the session can't be checked");
    } catch (error) {
      log.warn({ err: error }, "a revoked session can't be checked");
      connection.close(CLOSE_CODES.restart, "the session can't be checked");
    }
  }

  function of({ sessionId, userId }: Revoked): Connection[] {
    return [...connections].filter((connection) => {
      const identity = connection.identity();
      if (identity === null) return false;
      return (
        (sessionId !== undefined || userId !== undefined) &&
        (sessionId === undefined || sessionId === identity.sessionId) &&
        (userId === undefined || userId === identity.userId)
      );
    });
  }

  return {
    count: () => count,
    verifyIfMissed(connection, seen) {
      if (count !== seen) void verify(connection);
    },
    of,
    stop,
  };
}
