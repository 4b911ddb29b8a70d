import { verify } from "@node-rs/argon2";
import { must } from "../../config/must.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Session } from "../../store/models/Session.ts";
import { User } from "../../store/models/User.ts";
import { findFactor, redeemCode } from "../../store/people/second-factor.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, type Problem } from "../http/errors.ts";
import { proofOf } from "../middleware/limits.ts";
import { codeWrong } from "./problems.ts";
import type { Confirmation } from "./schema.ts";
import type { OpeningDeps, SignInDeps } from "./sign-in.ts";

/**
 * Has somebody who is signed in show the password, or a code of the authenticator, again; what comes has to be right, all of it. On
 * record either way; wrong ones are bounded as for the own authenticator.
 */
export function createConfirm({ knex, vault, limits, hashing }: Omit<SignInDeps, keyof OpeningDeps>) {
  /** @throws Problem 409 for a password of somebody who has none; 422; 429; 503 */
  return async function confirm(
    { userId, sessionId }: SignedInPerson,
    { password, code }: Confirmation,
  ): Promise<void> {
    const actor: Actor = `user:${userId}`;
    const { password_hash } = must(
      await actAs(knex, actor, (trx) => User.query(trx).findById(userId)),
      "person",
    );
    if (password_hash === null && password !== undefined)
      throw conflict("You have no password here: sign in at your organisation's provider again.");
    const proofs = [
      ...(password === undefined ? [] : [proofOf("password", userId)]),
      ...(code === undefined ? [] : [proofOf("code", userId)]),
    ];
    const right = await hashing.turn(
      async () => {
        for (const proof of proofs) await limits.proofs.take(proof);
        return password === undefined || password_hash === null || (await verify(password_hash, password));
      },
      { from: userId, first: true },
    );
    const refusal = await actAs(knex, actor, async (trx): Promise<Problem | null> => {
      const wrong = !right
        ? invalid([{ path: "/password", message: "is not right" }])
        : code !== undefined && !(await isOwnCode(trx, code))
          ? codeWrong()
          : null;
      if (wrong === null) await Session.query(trx).findById(sessionId).patch({ confirmed_at: new Date() });
      const outcome = wrong === null ? "ok" : "denied";
      await record(trx, actor, { action: "session.confirm", outcome, objectId: sessionId });
      return wrong;
    });
    if (refusal !== null) throw refusal;
    for (const proof of proofs) await limits.proofs.forget(proof);

    /** An authenticator that was never confirmed may be that of whoever found the screen open. */
    async function isOwnCode(trx: Transaction, given: string): Promise<boolean> {
      const isConfirmed = Boolean((await findFactor(trx, userId))?.confirmed_at);
      return isConfirmed && (await redeemCode(trx, vault, userId, given));
    }
  };
}
