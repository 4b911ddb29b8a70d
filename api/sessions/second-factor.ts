import type { Knex } from "knex";
import { generateURI } from "otplib";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import {
  confirmFactor,
  enrol,
  findFactor,
  recoveryCodesLeft,
  removeFactor,
  renewRecoveryCodes,
  redeemCode,
  takeRecoveryCode,
} from "../../store/people/second-factor.ts";
import { Session } from "../../store/models/Session.ts";
import { demandedWithin, type FactorRule } from "../../store/people/factor-duty.ts";
import { hasPasskey } from "../../store/people/passkeys.ts";
import { endSessions } from "../../store/people/people.ts";
import { lockAccount, type SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, type Problem } from "../http/errors.ts";
import { must } from "../../config/must.ts";
import type { Handlers } from "../http/route.ts";
import { proofOf, type RateLimits } from "../middleware/limits.ts";
import { noteChange } from "../users/account-notices.ts";
import { codeWrong } from "./problems.ts";
import type { secondFactor } from "./second-factor-routes.ts";

export interface SecondFactorDeps {
  knex: Knex;
  vault: Vault;
  limits: RateLimits;
  factorRule: FactorRule;
}

/** Answers the calls under /api/second-factor. */
export function secondFactorHandlers(deps: SecondFactorDeps): Handlers<typeof secondFactor> {
  const { knex, vault, factorRule } = deps;

  /** Whoever else is signed in as the person has to show the new factor, or that there is none; the person is told. */
  async function afterwards(trx: Transaction, { userId, sessionId }: SignedInPerson): Promise<void> {
    await endSessions(trx, userId, { but: sessionId });
    await noteChange(trx, must(await User.query(trx).findById(userId), "person"), "factor");
  }

  return {
    read: async ({ caller: { userId } }) => {
      const body = await actAs(knex, `user:${userId}`, async (trx) => ({
        enabled: Boolean((await findFactor(trx, userId))?.confirmed_at),
        recovery_codes_left: await recoveryCodesLeft(trx, userId),
      }));
      return { status: 200, body };
    },

    enrol: async ({ caller: { userId } }) => {
      const body = await act(deps, userId, "second-factor.enrol", async (trx) => {
        const secret = await enrol(trx, vault, userId);
        if (secret === null) return conflict("There is an authenticator already; take it off first.");
        const user = await User.query(trx).findById(userId);
        return { secret, uri: generateURI({ issuer: "Tocsin", label: user?.email ?? userId, secret }) };
      });
      return { status: 201, body };
    },

    confirm: async ({ caller, body: { code } }) => {
      const { userId } = caller;
      const body = await actByCode(deps, userId, "second-factor.confirm", async (trx) => {
        const factor = await findFactor(trx, userId);
        if (factor === undefined || factor.confirmed_at !== null)
          return conflict("No authenticator waits to be confirmed; enrol one first.");
        if (!(await redeemCode(trx, vault, userId, code))) return codeWrong();
        const recovery_codes = await confirmFactor(trx, userId);
        await Session.query(trx).findById(caller.sessionId).patch({ limited: false });
        await afterwards(trx, caller);
        return { recovery_codes };
      });
      return { status: 200, body };
    },

    renewCodes: async ({ caller, body: { code } }) => {
      const { userId } = caller;
      const body = await actByCode(deps, userId, "second-factor.recovery", async (trx) => {
        if (!(await isConfirmed(trx, userId))) return conflict("There is no authenticator.");
        if (!(await redeemCode(trx, vault, userId, code))) return codeWrong();
        const recovery_codes = await renewRecoveryCodes(trx, userId);
        await afterwards(trx, caller);
        return { recovery_codes };
      });
      return { status: 200, body };
    },

    disable: async ({ caller, body: { code } }) => {
      const { userId } = caller;
      await actByCode(deps, userId, "second-factor.disable", async (trx) => {
        if (!(await isConfirmed(trx, userId))) return conflict("There is no authenticator.");
        if (!(await redeemCode(trx, vault, userId, code)) && !(await takeRecoveryCode(trx, userId, code)))
          return codeWrong();
        const isLast = !(await hasPasskey(trx, userId));
        if (isLast && (await demandedWithin(trx, userId, factorRule)) !== null)
          return conflict("Your role demands a second factor.");
        await removeFactor(trx, userId);
        await afterwards(trx, caller);
        return {};
      });
      return { status: 204 };
    },
  };
}

const isConfirmed = async (trx: Transaction, userId: string): Promise<boolean> =>
  Boolean((await findFactor(trx, userId))?.confirmed_at);

/**
 * Runs one act of a person on the own authenticator that takes a code; wrong ones count like failed sign-ins.
 * @throws the Problem that `work` answers
 */
async function actByCode<T extends object>(
  deps: SecondFactorDeps,
  userId: string,
  action: AuditEvent["action"],
  work: (trx: Transaction) => Promise<T | Problem>,
): Promise<T> {
  const { proofs } = deps.limits;
  await proofs.take(proofOf("code", userId));
  const result = await act(deps, userId, action, work);
  await proofs.forget(proofOf("code", userId));
  return result;
}

/** Runs one act of a person on the own authenticator, on record either way. @throws the Problem that `work` answers */
async function act<T extends object>(
  { knex }: SecondFactorDeps,
  userId: string,
  action: AuditEvent["action"],
  work: (trx: Transaction) => Promise<T | Problem>,
): Promise<T> {
  const actor: Actor = `user:${userId}`;
  const result = await actAs(knex, actor, async (trx) => {
    // Before the authenticator's row: signing in takes the two in this order.
    await lockAccount(trx, userId);
    const worked = await work(trx);
    await record(trx, actor, { action, outcome: worked instanceof Error ? "denied" : "ok" });
    return worked;
  });
  if (result instanceof Error) throw result;
  return result;
}
