import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { must } from "../../config/must.ts";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { unsealOriginal } from "../../store/crypto/original.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { EmergencyAccess } from "../../store/models/EmergencyAccess.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { Membership, User } from "../../store/models/User.ts";
import { conflict, forbidden, gone, notFound, type Problem } from "../http/errors.ts";
import { inMilliseconds, placeInTime, toPage } from "../http/paging.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { aboutTarget } from "./about.ts";
import type { RedactWords } from "../notifications/words.ts";
import { presentNotification } from "../notifications/present.ts";
import { createRevealRate, type RevealRateDeps } from "../notifications/reveal-rate.ts";
import type { Oversight } from "../oversight/oversight.ts";
import { presentAccesses } from "./present.ts";
import { privacyOfficers, type Tie, tieBetween } from "./reviewers.ts";
import type { emergency } from "./routes.ts";
import type { Opening } from "./schema.ts";

const MOMENT = inMilliseconds("opened_at");

export interface EmergencyDeps extends RevealRateDeps {
  vault: Vault;
  words: RedactWords;
  oversight: Oversight;
  limits: Pick<RateLimits, "emergencies" | "reveals" | "revealNotes">;
}

/** What is to be opened: a person's inbox in a territory, or one notification of it. */
interface Target {
  territory_id: string;
  recipient_id: string;
  notification_id: string | null;
}

/** Answers the calls under /api/emergency-accesses: break-glass. */
export function emergencyHandlers(deps: EmergencyDeps): Handlers<typeof emergency> {
  const { knex, vault, oversight, words } = deps;
  const countReveal = createRevealRate(deps);
  /**
   * Reads what an access of the person's own opens, once that is on record. Whether it still stands is looked at each time.
   * @throws Problem 403 for somebody who works nowhere any more; 404; 410 once its time is over, or its review found it unjustified
   */
  async function within<T>(
    userId: string,
    id: string,
    event: Pick<AuditEvent, "action"> & { objectId?: string },
    read: (trx: Transaction) => Promise<T>,
  ): Promise<T> {
    const actor: Actor = `user:${userId}`;
    const refusal = await actAs(knex, actor, async (trx) => {
      const found = await EmergencyAccess.query(trx).findById(id).where({ user_id: userId });
      const why = (await mayOpen(trx, userId)) ? refusalOf(found) : notAtWork();
      await record(trx, actor, {
        action: event.action,
        outcome: why === null ? "ok" : "denied",
        territoryId: found?.territory_id ?? null,
        objectId: event.objectId ?? id,
        payload: { emergency_access_id: id },
      });
      return why;
    });
    if (refusal !== null) throw refusal;
    return await actAs(knex, `emergency:${id}`, read);
  }

  const tieOf = (reviewer: string, { user_id: opener, territory_id: territoryId }: EmergencyAccess) =>
    tieBetween(knex, { reviewer, opener, territoryId });

  return {
    open: async ({ caller: { userId }, body }) => {
      const actor: Actor = `user:${userId}`;
      const me = await actAs(knex, actor, async (trx) => {
        if (!(await mayOpen(trx, userId))) throw notAtWork();
        return must(await User.query(trx).findById(userId).select("id", "name"), "person");
      });
      const target = await findTarget(knex, body);
      if (target === null || target.recipient_id === userId) throw notFound();
      await deps.limits.emergencies.take(userId);
      const { territory_id } = target;
      const reason = await words(userId, body.reason, () => aboutTarget(knex, target));
      const id = uuidv7();
      // Told first: nobody opens anything without somebody there knowing.
      const told = await oversight.tell({
        territoryId: territory_id,
        people: await privacyOfficers(knex, territory_id),
        title: "Emergency access",
        message: `${me.name} (${me.id}) has opened ${target.notification_id === null ? "an inbox" : "a notification"} here in an emergency, for ${body.minutes} minutes. It waits for a review under Emergency access.`,
        about: me,
        matter: `emergency ${id}`,
        overseen: "emergency",
      });
      const opened = await actAs(knex, actor, async (trx) => {
        await record(trx, actor, {
          action: "emergency.open",
          outcome: "ok",
          territoryId: territory_id,
          objectId: id,
          payload: {
            recipient_id: target.recipient_id,
            notification_id: target.notification_id,
            minutes: body.minutes,
            ...told,
          },
        });
        await EmergencyAccess.query(trx).insert({
          id,
          user_id: userId,
          ...target,
          ...{ reason, reason_redacted: true },
          expires_at: trx.raw("now() + make_interval(mins => ?)", [body.minutes]),
        });
        return must(await EmergencyAccess.query(trx).findById(id), "access");
      });
      const [shown] = await presentAccesses(knex, [opened]);
      return {
        status: 201,
        headers: { Location: `/api/emergency-accesses/${id}` },
        body: must(shown, "opened access"),
      };
    },

    list: async ({ caller: { userId }, query: { limit, cursor, reviewed } }) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = EmergencyAccess.query(trx);
        if (reviewed !== undefined) void found.whereRaw("(reviewed_at IS NOT NULL) = ?", [reviewed]);
        if (cursor !== undefined) void found.whereRaw(`(${MOMENT}, id) < (?, ?)`, [cursor.at, cursor.id]);
        return await found.orderByRaw(`${MOMENT} DESC, id DESC`).limit(limit + 1);
      });
      const { items, next } = toPage(rows, limit, ({ opened_at, id }) =>
        placeInTime({ created_at: opened_at, id }),
      );
      return { status: 200, body: { emergency_accesses: await presentAccesses(knex, items), next } };
    },

    read: async ({ caller: { userId }, params: { id } }) => {
      const notifications = await within(userId, id, { action: "emergency.read" }, (trx) =>
        Notification.query(trx).orderBy("created_at", "desc").limit(100).execute(),
      );
      return { status: 200, body: { notifications: notifications.map(presentNotification) } };
    },

    reveal: async ({ caller: { userId }, params: { id }, body: { notification_id } }) => {
      const event = { action: "emergency.reveal", objectId: notification_id } as const;
      const send = await within(userId, id, event, async (trx) => {
        const notification = await Notification.query(trx).findById(notification_id);
        return notification && (await Send.query(trx).findById(notification.textId));
      });
      if (send === undefined) throw notFound();
      if (send.shredded_at !== null)
        throw gone("The text was destroyed: its territory keeps originals only for a time.");
      await countReveal(userId, send.territory_id);
      const { title, message, metadata } = unsealOriginal(vault, send);
      return { status: 200, body: { title, message, metadata } };
    },

    review: async ({ caller: { userId }, params: { id }, body: { verdict, review } }) => {
      const actor: Actor = `user:${userId}`;
      const access = await actAs(knex, actor, (trx) => EmergencyAccess.query(trx).findById(id));
      const tie = access === undefined ? "none" : await tieOf(userId, access);
      const said =
        access === undefined ? review : await words(userId, review, () => aboutTarget(knex, access));
      const outcome = await actAs(knex, actor, async (trx) => {
        const found = await EmergencyAccess.query(trx).findById(id);
        const row = {
          reviewed_at: new Date(),
          reviewed_by: userId,
          verdict,
          review: said,
          review_redacted: true,
        };
        const done =
          found &&
          isFree(tie) &&
          (await EmergencyAccess.query(trx).findById(id).whereNull("reviewed_at").patch(row));
        await record(trx, actor, {
          action: "emergency.review",
          outcome: done === 1 ? "ok" : "denied",
          territoryId: found?.territory_id ?? null,
          objectId: id,
          payload: { verdict, ...(tie === "none" ? {} : { tie }) },
        });
        return found === undefined ? "none" : done === 1 ? "done" : "refused";
      });
      if (outcome === "done" && access !== undefined && tie !== "none")
        await oversight.tellOverseers({
          territoryId: access.territory_id,
          matter: `review ${id}`,
          overseen: "review",
          but: [userId, access.user_id],
        });
      if (outcome === "none") throw notFound();
      if (outcome === "refused")
        throw conflict(
          "It was reviewed already, or is yours, or one of you owes a role to the other or both to the same person: somebody else has to review it.",
        );
      return { status: 204 };
    },
  };
}

/** Whether somebody works in a territory because others said so: an admin who got themself a role there opens nothing. */
async function mayOpen(trx: Transaction, userId: string): Promise<boolean> {
  const own = await Membership.query(trx)
    .where({ user_id: userId })
    .whereIn("role", ["clinician", "supervisor"])
    .whereRaw("NOT user_id = ANY (because_of)");
  return own.length > 0;
}

/** Whether such a tie lets somebody review; one that nobody else is without goes on record. */
const isFree = (tie: Tie): boolean => tie === "none" || tie === "same-alone";

const notAtWork = (): Problem => forbidden("Emergency access is for clinicians and supervisors.");

/** Why an access opens nothing; null while it does. */
function refusalOf(access: EmergencyAccess | undefined): Problem | null {
  if (access === undefined) return notFound();
  if (access.expires_at <= new Date()) return gone("The time of this emergency access is over.");
  return access.verdict === "unjustified"
    ? gone("Its review found this emergency access unjustified.")
    : null;
}

/** What a body names, found by parts of the program that see ids alone; null where there is no such thing. */
async function findTarget(
  knex: Knex,
  { notification_id, user_id, territory_id }: Opening,
): Promise<Target | null> {
  if (notification_id !== undefined) {
    const found = await actAs(knex, "relay", (trx) =>
      // A broadcast's alert is in nobody's inbox.
      Notification.query(trx)
        .findById(notification_id)
        .whereNotNull("user_id")
        .select("user_id", "territory_id"),
    );
    if (found === undefined) return null;
    return { territory_id: found.territory_id, recipient_id: found.user_id, notification_id };
  }
  const recipient_id = must(user_id, "person");
  const territory = must(territory_id, "territory");
  const member = await actAs(knex, "sign-in", (trx) =>
    Membership.query(trx).findOne({ user_id: recipient_id, territory_id: territory }),
  );
  return member === undefined ? null : { territory_id: territory, recipient_id, notification_id: null };
}
