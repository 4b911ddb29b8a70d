import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Membership, User } from "../../store/models/User.ts";
import { endSessions } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import { type RateLimits, Throttled } from "../middleware/limits.ts";
import { openSessions } from "../sessions/own.ts";
import type { OwnSession } from "../sessions/schema.ts";
import { noteChange } from "./account-notices.ts";

/** What admins see and do of everybody's sessions. */
export interface SessionsOfPeople {
  /** The open ones, the last used first; 100 at most. */
  list(admin: SignedInPerson, userId: string): Promise<OwnSession[]>;
  /** Signs somebody out everywhere, on record; they are told. @throws Throttled beyond three times an hour for another admin or auditor */
  end(admin: SignedInPerson, userId: string): Promise<void>;
}

export function createSessionsOfPeople(knex: Knex, limits: Pick<RateLimits, "signOuts">): SessionsOfPeople {
  /** Whoever oversees an admin, or is to confirm what is asked about them, is not kept out by them. */
  async function isTooOften({ userId: adminId }: SignedInPerson, userId: string): Promise<Throttled | null> {
    if (userId === adminId) return null;
    const held = await actAs(knex, `user:${adminId}`, (trx) =>
      Membership.query(trx).where({ user_id: userId, territory_id: null }).first(),
    );
    if (held === undefined) return null;
    return await limits.signOuts.take(`${adminId} ${userId}`).then(
      () => null,
      (error: unknown) => {
        if (error instanceof Throttled) return error;
        throw error;
      },
    );
  }

  return {
    list: async ({ userId: adminId, sessionId }, userId) =>
      await actAs(knex, `user:${adminId}`, async (trx) => {
        if ((await User.query(trx).findById(userId)) === undefined) throw notFound();
        return await openSessions(trx, userId, sessionId);
      }),

    end: async (admin, userId) => {
      const tooOften = await isTooOften(admin, userId);
      return await asAdmin(knex, admin, "user.sign_out", async (trx) => {
        if (tooOften !== null) throw tooOften;
        const user = await User.query(trx).findById(userId);
        if (user === undefined) throw notFound();
        await endSessions(trx, userId, { but: userId === admin.userId ? admin.sessionId : null });
        await noteChange(trx, user, "sessions");
        return { result: undefined, event: { objectId: userId } };
      });
    },
  };
}
