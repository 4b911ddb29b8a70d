import { hash, verify } from "@node-rs/argon2";
import type { Knex } from "knex";
import type { Context } from "koa";
import { must } from "../../config/must.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, switchActor } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import { endInvitations } from "../../store/people/invitations.ts";
import { endSessions } from "../../store/people/people.ts";
import { lockAccount, type SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, type Problem } from "../http/errors.ts";
import { proofOf, type RateLimits } from "../middleware/limits.ts";
import type { Hashing } from "../sessions/hashing.ts";
import { noteChange } from "../users/account-notices.ts";
import type { Judge } from "./judge.ts";
import type { PasswordChange } from "./schema.ts";

export interface PasswordChangeDeps {
  knex: Knex;
  limits: RateLimits;
  hashing: Hashing;
  judge: Judge;
}

/**
 * Has somebody change their own password, who shows the current one. Their other sessions end, links to a new password too, and
 * they are told. On record either way; wrong ones are bounded as codes are.
 */
export function createPasswordChange({ knex, limits, hashing, judge }: PasswordChangeDeps) {
  /** @throws Problem 409 for somebody who has no password here; 422; 429; 503 */
  return async (
    { userId, sessionId }: SignedInPerson,
    { current_password, password }: PasswordChange,
    ctx: Context,
  ): Promise<void> => {
    const actor: Actor = `user:${userId}`;
    const asker = { from: `person ${userId}`, first: true };
    const person = must(await actAs(knex, actor, (trx) => User.query(trx).findById(userId)), "person");
    const { password_hash: before } = person;
    if (before === null)
      throw conflict("You have no password here: you sign in at your organisation's provider.");
    const right = await hashing.turn(async () => {
      await limits.proofs.take(proofOf("password", userId));
      return await verify(before, current_password);
    }, asker);
    if (right) await judge(password, person, ctx);
    const after = right ? await hashing.turn(() => hash(password), asker) : null;
    const refusal = await actAs(knex, actor, async (trx): Promise<Problem | null> => {
      await lockAccount(trx, userId);
      const now = await User.query(trx).findById(userId);
      const isStill = after !== null && now?.password_hash === before;
      await record(trx, actor, {
        action: "user.password",
        outcome: isStill ? "ok" : "denied",
        objectId: userId,
        payload: { means: "own" },
      });
      if (!isStill) return invalid([{ path: "/current_password", message: "is not right" }]);
      await endSessions(trx, userId, { but: sessionId });
      await switchActor(trx, `password:${userId}`);
      await User.query(trx).findById(userId).patch({ password_hash: after });
      await switchActor(trx, "sign-in");
      await endInvitations(trx, userId);
      await noteChange(trx, person, "password");
      return null;
    });
    if (refusal !== null) throw refusal;
    await limits.proofs.forget(proofOf("password", userId));
  };
}
