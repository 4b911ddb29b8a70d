import { hash, verify } from "@node-rs/argon2";
import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { findFactor, redeemCode, takeRecoveryCode } from "../../store/people/second-factor.ts";
import { openSession } from "../../store/people/sessions.ts";
import type { SessionLimits } from "../../config/limits.ts";

/** The proof that somebody gives to be let in. */
export interface Shown {
  email: string;
  password: string;
  code: string | undefined;
  userAgent: string;
}

export interface SignedIn {
  userId: string;
  sessionId: string;
  token: string;
  expiresAt: Date;
}

/** A session; or the reason why there is none: email and password don't match, a code is needed, the code is wrong. */
export type SignInResult =
  { kind: "welcome"; session: SignedIn } | { kind: "refused" | "code" | "wrong-code" };

export interface SignInDeps {
  knex: Knex;
  vault: Vault;
  sessionLimits: SessionLimits;
}

/** Checked when nobody has the address, so that an unknown address takes as long as a wrong password. */
const decoy = hash("nobody has this password");

/** Opens a session for an address, its password and, where there is an authenticator, a code; on record either way. */
export function createSignIn({ knex, vault, sessionLimits }: SignInDeps) {
  return async function signIn({ email, password, code, userAgent }: Shown): Promise<SignInResult> {
    const user = await actAs(knex, "sign-in", (trx) =>
      User.query(trx).whereRaw("lower(email) = lower(?)", [email]).first(),
    );
    const matches = await verify(user?.password_hash ?? (await decoy), password);
    return await actAs(knex, "sign-in", async (trx) => {
      if (user === undefined || user.password_hash === null || user.disabled_at !== null || !matches) {
        await refuse(trx, user?.id ?? null, "password");
        return { kind: "refused" };
      }
      const factor = await findFactor(trx, user.id);
      if (!factor?.confirmed_at)
        return {
          kind: "welcome",
          session: await welcome(trx, user.id, sessionLimits, userAgent, "password"),
        };
      if (code === undefined || code.trim() === "") {
        await record(trx, "sign-in", {
          action: "session.challenge",
          outcome: "ok",
          payload: { user_id: user.id },
        });
        return { kind: "code" };
      }
      const means = (await redeemCode(trx, vault, user.id, code))
        ? "code"
        : (await takeRecoveryCode(trx, user.id, code))
          ? "recovery code"
          : null;
      if (means === null) {
        await refuse(trx, user.id, "code");
        return { kind: "wrong-code" };
      }
      return { kind: "welcome", session: await welcome(trx, user.id, sessionLimits, userAgent, means) };
    });
  };
}

/** How somebody showed who they are. */
export type Means = "password" | "code" | "recovery code" | "oidc";

/** Opens the session of somebody who has shown who they are, on record. */
export async function welcome(
  trx: Transaction,
  userId: string,
  limits: SessionLimits,
  userAgent: string,
  means: Means,
): Promise<SignedIn> {
  const opened = await openSession(trx, userId, limits, userAgent);
  const payload = { user_id: userId, means };
  await record(trx, "sign-in", {
    action: "session.open",
    outcome: "ok",
    objectId: opened.sessionId,
    payload,
  });
  return { userId, ...opened };
}

/** Puts a failed sign-in on record, with its reason. */
export async function refuse(trx: Transaction, userId: string | null, reason: string): Promise<void> {
  const payload = { user_id: userId, reason };
  await record(trx, "sign-in", { action: "session.open", outcome: "denied", payload });
}
