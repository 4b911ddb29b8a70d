import { hash, verify } from "@node-rs/argon2";
import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { findByEmail, foldEmail } from "../../store/people/email.ts";
import { factorDuty, type FactorRule } from "../../store/people/factor-duty.ts";
import { hasPasskey } from "../../store/people/passkeys.ts";
import { findFactor, redeemCode, takeRecoveryCode } from "../../store/people/second-factor.ts";
import { lockAccount, openSession, type SessionBounds } from "../../store/people/sessions.ts";
import type { SessionLimits } from "../../config/limits.ts";
import type { Site } from "../middleware/person.ts";
import { type RateLimits, Throttled } from "../middleware/limits.ts";
import { checkNewcomer, type From, tallyOf } from "./guard.ts";
import type { Hashing } from "./hashing.ts";

/** The proof that somebody gives to be let in. */
export interface Shown extends From {
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
  { kind: "welcome"; session: SignedIn } | { kind: "refused" | "code" | "passkey" | "wrong-code" };

/** By which sessions are opened. */
export interface OpeningDeps {
  site: Pick<Site, "tokens">;
  sessionLimits: SessionLimits;
}

export interface SignInDeps extends OpeningDeps {
  knex: Knex;
  vault: Vault;
  limits: RateLimits;
  hashing: Hashing;
  factorRule: FactorRule;
}

/** Checked when nobody has the address, so that an unknown address takes as long as a wrong password. */
const decoy = hash("nobody has this password");

/**
 * Opens a session for an address, its password and, where there is an authenticator, a code; on record either way.
 * @throws Throttled after too many failures of the account or the address; Problem 503 when too many sign in at once
 */
export function createSignIn(deps: SignInDeps) {
  const { knex, vault, limits, hashing, factorRule } = deps;
  return async function signIn(shown: Shown): Promise<SignInResult> {
    const { network, device } = shown;
    if (device === null) await checkNewcomer(limits.people, shown);
    // All of it has to wait for its turn, so that a flood of sign-ins takes no connection to PostgreSQL from a send.
    return await hashing.turn(() => attempt(shown), {
      from: device === null ? network : `device of ${device.voucher}`,
      first: device !== null,
    });
  };

  async function attempt(shown: Shown): Promise<SignInResult> {
    const { email, password, network, device, visitor } = shown;
    const user = await actAs(knex, "sign-in", (trx) => findByEmail(trx, email));
    const account = { userId: user?.id ?? null, email: foldEmail(email) ?? email };
    const tally = tallyOf(limits, { network, device, visitor, ...account });
    await tally.take();
    const matches = await verify(user?.password_hash ?? (await decoy), password);
    if (matches) await tally.passed();
    const result = await actAs(knex, "sign-in", (trx) => decide(trx, user, matches, shown));
    if (result.kind === "welcome") await tally.forget();
    if (result.kind === "wrong-code") await tally.missed();
    return result;
  }

  async function decide(
    trx: Transaction,
    user: User | undefined,
    matches: boolean,
    { code, userAgent }: Shown,
  ): Promise<SignInResult> {
    if (user === undefined || !matches || !(await isStill(trx, user))) {
      await refuse(trx, user?.id ?? null, "password");
      return { kind: "refused" };
    }
    const { id } = user;
    const open = async (means: Means, limited = false): Promise<SignInResult> => ({
      kind: "welcome",
      session: await welcome(trx, id, deps, userAgent, means, { limited }),
    });
    const duty = await factorDuty(trx, id, factorRule);
    const challenge = async (kind: "code" | "passkey"): Promise<SignInResult> => {
      const payload = { user_id: id, kind };
      await record(trx, "sign-in", { action: "session.challenge", outcome: "ok", payload });
      return { kind };
    };
    if (!(await findFactor(trx, id))?.confirmed_at)
      return (await hasPasskey(trx, id))
        ? await challenge("passkey")
        : await open("password", duty.kind === "now");
    if (code === undefined || code.trim() === "") return await challenge("code");
    if (await redeemCode(trx, vault, id, code)) return await open("code");
    if (await takeRecoveryCode(trx, id, code)) return await open("recovery code");
    await refuse(trx, id, "code");
    return { kind: "wrong-code" };
  }
}

/** Whether a person may still be let in by the password that was looked at: it takes its time, and was read before. */
async function isStill(trx: Transaction, { id, password_hash }: User): Promise<boolean> {
  await lockAccount(trx, id);
  const now = await User.query(trx).findById(id);
  return password_hash !== null && now?.password_hash === password_hash && now.disabled_at === null;
}

/** How somebody showed who they are. */
export type Means = "password" | "code" | "recovery code" | "oidc" | "passkey";

/** Opens the session of somebody who has shown who they are, on record. */
export async function welcome(
  trx: Transaction,
  userId: string,
  { site, sessionLimits }: OpeningDeps,
  userAgent: string,
  means: Means,
  bounds: SessionBounds = {},
): Promise<SignedIn> {
  const token = site.tokens.make();
  const opened = await openSession(trx, userId, token, sessionLimits, userAgent, bounds);
  const payload = { user_id: userId, means, ...(bounds.limited === true ? { limited: true } : {}) };
  await record(trx, "sign-in", {
    action: "session.open",
    outcome: "ok",
    objectId: opened.sessionId,
    payload,
  });
  return { userId, token, ...opened };
}

/** Puts a failed sign-in on record, with its reason. */
export async function refuse(trx: Transaction, userId: string | null, reason: string): Promise<void> {
  const payload = { user_id: userId, reason };
  await record(trx, "sign-in", { action: "session.open", outcome: "denied", payload });
}

/** Puts a refusal for too many tries on record, once for each wait, and throws it on. */
export async function noteThrottle(knex: Knex, error: unknown): Promise<never> {
  if (error instanceof Throttled && error.first)
    await actAs(knex, "sign-in", (trx) =>
      record(trx, "sign-in", { action: "session.throttle", outcome: "denied" }),
    );
  throw error;
}
