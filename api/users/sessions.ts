import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { User } from "../../store/models/User.ts";
import { endSessions } from "../../store/people/people.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { notFound } from "../http/errors.ts";
import { asAdmin } from "../middleware/admin.ts";
import { openSessions } from "../sessions/own.ts";
import type { OwnSession } from "../sessions/schema.ts";
import type { Addressee } from "./notices.ts";

/** What admins see and do of everybody's sessions. */
export interface SessionsOfPeople {
  /** The open ones, the last used first; 100 at most. */
  list(admin: SignedInPerson, userId: string): Promise<OwnSession[]>;
  /** Signs somebody out everywhere, on record. @returns whom to tell */
  end(admin: SignedInPerson, userId: string): Promise<Addressee>;
}

export function createSessionsOfPeople(knex: Knex): SessionsOfPeople {
  return {
    list: async ({ userId: adminId, sessionId }, userId) =>
      await actAs(knex, `user:${adminId}`, async (trx) => {
        if ((await User.query(trx).findById(userId)) === undefined) throw notFound();
        return await openSessions(trx, userId, sessionId);
      }),

    end: async (admin, userId) =>
      await asAdmin(knex, admin, "user.sign_out", async (trx) => {
        const user = await User.query(trx).findById(userId);
        if (user === undefined) throw notFound();
        await endSessions(trx, userId, { but: userId === admin.userId ? admin.sessionId : null });
        return { result: { id: user.id, email: user.email }, event: { objectId: userId } };
      }),
  };
}
