import { createHash, randomBytes } from "node:crypto";
import type { Knex } from "knex";
import { actAs, type Transaction } from "./knex.ts";
import { Session } from "./models/Session.ts";

/** Who is signed in, by which session; `inboxId` is how the bus knows the person. */
export interface Identity {
  userId: string;
  sessionId: string;
  inboxId: string;
}

/** A session ends this long after signing in; ms. */
const ABSOLUTE = 12 * 60 * 60 * 1_000;
/** A realtime ticket must be redeemed within; seconds. */
export const TICKET_TTL = 30;

const digest = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** Opens a session; the token (256 bits) is known to the person's browser alone. */
export async function openSession(
  trx: Transaction,
  userId: string,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString("base64url");
  const expiresAt = new Date(Date.now() + ABSOLUTE);
  await Session.query(trx).insert({ token_hash: digest(token), user_id: userId, expires_at: expiresAt });
  return { token, expiresAt };
}

/** The person behind a session's token; null when it is unknown, over or revoked, or the person was disabled. */
export function findSession(knex: Knex, token: string): Promise<Identity | null> {
  return identify(knex, { "sessions.token_hash": digest(token) });
}

/** Whether a session that was good still is. */
export async function isSessionAlive(knex: Knex, sessionId: string): Promise<boolean> {
  return (await identify(knex, { "sessions.id": sessionId })) !== null;
}

async function identify(knex: Knex, which: Record<string, Buffer | string>): Promise<Identity | null> {
  return await actAs(knex, "sign-in", async (trx) => (await live(trx).where(which).first()) ?? null);
}

const live = (trx: Transaction) =>
  trx("sessions")
    .join("users", "users.id", "sessions.user_id")
    .join("inboxes", "inboxes.user_id", "sessions.user_id")
    .whereNull("sessions.revoked_at")
    .whereNull("users.disabled_at")
    .where("sessions.expires_at", ">", new Date())
    .select<Identity[]>({
      userId: "sessions.user_id",
      sessionId: "sessions.id",
      inboxId: "inboxes.id",
    });

/** Ends a session at once, everywhere. */
export async function revokeSession(knex: Knex, sessionId: string): Promise<void> {
  await actAs(knex, "sign-in", (trx) =>
    Session.query(trx).findById(sessionId).patch({ revoked_at: new Date() }),
  );
}

/** A ticket with which a client without cookies opens one socket: single use, 30 s. */
export async function issueTicket(knex: Knex, sessionId: string): Promise<string> {
  const ticket = randomBytes(32).toString("base64url");
  await actAs(knex, "sign-in", async (trx) => {
    await trx("realtime_tickets").where("expires_at", "<", new Date()).delete();
    const expires_at = new Date(Date.now() + TICKET_TTL * 1_000);
    await trx("realtime_tickets").insert({ ticket_hash: digest(ticket), session_id: sessionId, expires_at });
  });
  return ticket;
}

/** Uses a ticket up; null when it is unknown, used, expired, or its session is over. */
export async function redeemTicket(knex: Knex, ticket: string): Promise<Identity | null> {
  return await actAs(knex, "sign-in", async (trx) => {
    const [used] = await trx("realtime_tickets")
      .where({ ticket_hash: digest(ticket) })
      .delete()
      .returning<{ session_id: string; expires_at: Date }[]>(["session_id", "expires_at"]);
    if (used === undefined || used.expires_at <= new Date()) return null;
    return (await live(trx).where({ "sessions.id": used.session_id }).first()) ?? null;
  });
}
