import { hash, verify } from "@node-rs/argon2";
import type { Knex } from "knex";
import { record } from "../../store/audit.ts";
import { actAs, type Transaction } from "../../store/knex.ts";
import { User } from "../../store/models/User.ts";
import { openSession, type SessionLimits } from "../../store/sessions.ts";

export interface SignedIn {
  userId: string;
  sessionId: string;
  token: string;
  expiresAt: Date;
}

/** Checked when nobody has the address, so that an unknown one takes as long as a wrong password. */
const decoy = hash("nobody has this password");

/** Opens a session for an address and its password, on record either way; null when they don't belong together. */
export function createSignIn(knex: Knex, limits: SessionLimits) {
  return async function signIn(email: string, password: string, userAgent: string): Promise<SignedIn | null> {
    const user = await actAs(knex, "sign-in", (trx) =>
      User.query(trx).whereRaw("lower(email) = lower(?)", [email]).first(),
    );
    const matches = await verify(user?.password_hash ?? (await decoy), password);
    return await actAs(knex, "sign-in", async (trx) => {
      if (user === undefined || user.password_hash === null || user.disabled_at !== null || !matches) {
        await recordSignIn(trx, "denied", user?.id ?? null);
        return null;
      }
      return await welcome(trx, user.id, limits, userAgent);
    });
  };
}

/** Opens the session of somebody who has shown who they are, on record. */
export async function welcome(
  trx: Transaction,
  userId: string,
  limits: SessionLimits,
  userAgent: string,
): Promise<SignedIn> {
  const opened = await openSession(trx, userId, limits, userAgent);
  await recordSignIn(trx, "ok", userId, opened.sessionId);
  return { userId, ...opened };
}

async function recordSignIn(
  trx: Transaction,
  outcome: "ok" | "denied",
  userId: string | null,
  objectId: string | null = null,
): Promise<void> {
  await record(trx, "sign-in", { action: "session.open", outcome, objectId, payload: { user_id: userId } });
}
