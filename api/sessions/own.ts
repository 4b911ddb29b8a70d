import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Session } from "../../store/models/Session.ts";
import { hasFactor } from "../../store/people/second-factor.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { isUuid } from "../../config/ids.ts";
import type { OwnSession, SessionTimes, SignedInProfile } from "./schema.ts";

const MOST = 100;

/** A person's acts on their own sessions; row-level security shows them no others. */
export interface OwnSessions {
  times(person: Pick<SignedInPerson, "userId" | "sessionId">): Promise<SessionTimes | null>;
  /** What of a second factor the person owes. */
  duty(
    person: Pick<SignedInPerson, "userId" | "sessionId">,
  ): Promise<Pick<SignedInProfile, "limited" | "second_factor_due">>;
  /** The open sessions, the last used first; 100 at most. */
  list(person: SignedInPerson): Promise<OwnSession[]>;
  /** Ends one, on record; false when there is no such session of this person. */
  end(person: SignedInPerson, id: string): Promise<boolean>;
}

export function createOwnSessions(knex: Knex): OwnSessions {
  return {
    times: async ({ userId, sessionId }) =>
      await actAs(knex, `user:${userId}`, async (trx) => {
        const session = await Session.query(trx).findById(sessionId);
        return session === undefined ? null : presentTimes(session);
      }),

    duty: async ({ userId, sessionId }) =>
      await actAs(knex, `user:${userId}`, async (trx) => {
        const session = await Session.query(trx).findById(sessionId);
        const deadline: { due_at: Date | null } | undefined = await trx("factor_deadlines")
          .where({ user_id: userId })
          .first("due_at");
        const has = await hasFactor(trx, userId);
        const due = has ? null : (deadline?.due_at ?? null);
        return { limited: session?.limited === true, second_factor_due: due?.toISOString() ?? null };
      }),

    list: async ({ userId, sessionId }) =>
      await actAs(knex, `user:${userId}`, (trx) => openSessions(trx, userId, sessionId)),

    end: async ({ userId }, id) => {
      const actor: Actor = `user:${userId}`;
      return await actAs(knex, actor, async (trx) => {
        const ended = isUuid(id) ? await own(trx, userId).findById(id).patch({ revoked_at: new Date() }) : 0;
        await record(trx, actor, {
          action: "session.close",
          outcome: ended === 1 ? "ok" : "denied",
          objectId: isUuid(id) ? id : null,
        });
        return ended === 1;
      });
    },
  };
}

/** A person's open sessions, the last used first. @param current of whoever looks */
export async function openSessions(trx: Transaction, userId: string, current: string): Promise<OwnSession[]> {
  const open = await own(trx, userId).orderBy("last_seen_at", "desc").limit(MOST);
  return open.map((session) => ({
    session_id: session.id,
    user_agent: session.user_agent,
    created_at: session.created_at.toISOString(),
    last_seen_at: session.last_seen_at.toISOString(),
    current: session.id === current,
    ...presentTimes(session),
  }));
}

const own = (trx: Transaction, userId: string) =>
  Session.query(trx).where({ user_id: userId }).whereNull("revoked_at").where("idle_until", ">", new Date());

const presentTimes = ({ idle_until, idle_seconds, expires_at }: Session): SessionTimes => ({
  expires_at: idle_until.toISOString(),
  idle_seconds,
  absolute_expires_at: expires_at.toISOString(),
});
