import type { Knex } from "knex";
import { hashOfSecret } from "../crypto/tokens.ts";
import type { SessionLimits } from "../../config/limits.ts";
import { record } from "../audit/record.ts";
import { actAs, type Actor, type Transaction } from "../db/knex.ts";
import { LOCK_SPACES } from "../db/locks.ts";
import { Session } from "../models/Session.ts";

/** What a subject token is good for: one person's inbox in one territory, on pages of one origin. */
export interface Subject {
  tokenId: string;
  serviceId: string;
  territoryId: string;
  origin: string;
  expiresAt: Date;
}

/** Who is signed in, by which session. The bus knows the person by `inboxId`. */
export interface SignedInPerson {
  userId: string;
  /** Or the subject token, where `subject` is set. */
  sessionId: string;
  inboxId: string;
  /** When the person last showed the password or a code in this session. */
  confirmedAt: Date;
  /** The session is good for nothing but setting up the second factor that the person's role demands. */
  limited: boolean;
  /** Set where no session but a subject token was shown. */
  subject?: Subject;
}

/** As whom the database lets somebody read who shows a session or a subject token. */
export const readerOf = ({
  userId,
  subject,
}: {
  userId: string;
  subject?: Pick<Subject, "tokenId">;
}): Actor => (subject === undefined ? `user:${userId}` : `subject:${subject.tokenId}`);

export const DEFAULT_LIMITS: SessionLimits = { idleSeconds: 15 * 60, absoluteSeconds: 12 * 60 * 60 };

/** How often in the idle time a person's activity is written down. A session never ends later than it says. */
const NOTED_PER_IDLE = 15;

const MAX_USER_AGENT = 300;

/**
 * Has those who open a person's sessions and those who end them take turns, until the transaction ends: who was let in by what
 * is changed at this moment is either ended with the others, or sees the change and stays outside.
 */
export async function lockAccount(trx: Transaction, userId: string): Promise<void> {
  await trx.raw("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", [userId, LOCK_SPACES.account]);
}

/** What a session is good for. */
export interface SessionBounds {
  /** For nothing but setting up a second factor. */
  limited?: boolean;
  /** When its person showed who they are; left out: just now. */
  confirmedAt?: Date;
}

/** Opens a session. @param token is known to the person's browser alone: `createSessionTokens` makes it */
export async function openSession(
  trx: Transaction,
  userId: string,
  token: string,
  { idleSeconds, absoluteSeconds }: SessionLimits = DEFAULT_LIMITS,
  userAgent = "",
  { limited = false, confirmedAt = new Date() }: SessionBounds = {},
): Promise<{ sessionId: string; expiresAt: Date }> {
  const now = Date.now();
  const expiresAt = new Date(now + absoluteSeconds * 1_000);
  const { id } = await Session.query(trx).insert({
    token_hash: hashOfSecret(token),
    user_id: userId,
    expires_at: expiresAt,
    idle_seconds: idleSeconds,
    idle_until: new Date(now + Math.min(idleSeconds, absoluteSeconds) * 1_000),
    user_agent: userAgent.slice(0, MAX_USER_AGENT) || null,
    limited,
    confirmed_at: confirmedAt,
  });
  return { sessionId: id, expiresAt };
}

/** The person behind a session's token; null when it is unknown, over or revoked, or the person was disabled. */
export function findSession(knex: Knex, token: string): Promise<SignedInPerson | null> {
  return identify(knex, { "sessions.token_hash": hashOfSecret(token) });
}

/** Whether a session that was good still is. */
export async function isSessionAlive(knex: Knex, sessionId: string): Promise<boolean> {
  return (await identify(knex, { "sessions.id": sessionId })) !== null;
}

async function identify(knex: Knex, which: Record<string, Buffer | string>): Promise<SignedInPerson | null> {
  return await actAs(knex, "sign-in", (trx) => liveSession(trx, which));
}

/** For the actor who signs people in. */
export async function liveSession(
  trx: Transaction,
  which: Record<string, Buffer | string>,
): Promise<SignedInPerson | null> {
  const found = trx("sessions")
    .join("users", "users.id", "sessions.user_id")
    .join("inboxes", "inboxes.user_id", "sessions.user_id")
    .whereNull("sessions.revoked_at")
    .whereNull("users.disabled_at")
    .where("sessions.expires_at", ">", new Date())
    .where("sessions.idle_until", ">", new Date())
    .select<SignedInPerson[]>({
      userId: "sessions.user_id",
      sessionId: "sessions.id",
      inboxId: "inboxes.id",
      confirmedAt: "sessions.confirmed_at",
      limited: "sessions.limited",
    });
  return (await found.where(which).first()) ?? null;
}

/**
 * Notes that the person did something: the idle time starts again, within the session's absolute end. Written at most
 * 15 times per idle time, unless `always`.
 */
export async function touchSession(
  knex: Knex,
  sessionId: string,
  { always = false }: { always?: boolean } = {},
): Promise<void> {
  await actAs(knex, "sign-in", async (trx) => {
    const now = new Date();
    const touched = Session.query(trx)
      .findById(sessionId)
      .whereNull("revoked_at")
      .where("idle_until", ">", now)
      .patch({
        last_seen_at: now,
        idle_until: trx.raw("least(expires_at, ?::timestamptz + make_interval(secs => idle_seconds))", [now]),
      });
    if (!always)
      void touched.whereRaw(
        "last_seen_at < ?::timestamptz - make_interval(secs => idle_seconds / ?::float)",
        [now, NOTED_PER_IDLE],
      );
    await touched;
  });
}

/**
 * Ends the sessions whose time is over, on record, which closes their live sockets on every node.
 * @returns how many
 */
export async function endExpiredSessions(knex: Knex): Promise<number> {
  return await actAs(knex, "sign-in", async (trx) => {
    const over = await Session.query(trx)
      .select("id", "user_id")
      .whereNull("revoked_at")
      .where("idle_until", "<=", new Date())
      .limit(500)
      .forUpdate()
      .skipLocked();
    const ids = over.map(({ id }) => id);
    await Session.query(trx).patch({ revoked_at: new Date() }).whereIn("id", ids);
    const events = over.map(({ id, user_id }) => ({
      action: "session.expire" as const,
      outcome: "ok" as const,
      objectId: id,
      payload: { user_id },
    }));
    await record(trx, "sign-in", ...events);
    return over.length;
  });
}
