import type { Knex } from "knex";
import { type Original, unsealOriginal } from "../../store/crypto/original.ts";
import type { Starter } from "../../node/starter.ts";
import { announce } from "../../channels/websocket/announce.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import { record } from "../../store/audit/record.ts";
import { act, type Act, type ActResult } from "../../store/transitions/act.ts";
import { isByColleague, nameColleagues } from "../../store/notifications/colleagues.ts";
import type { InboxCounts } from "../../channels/contract.ts";
import { countInbox } from "../../store/notifications/counts.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { isUuid } from "../../config/ids.ts";
import { placeInTime, toPage } from "../http/paging.ts";
import { createRevealing, type RevealDeps, revealReasons } from "./reveal.ts";
import type { InboxQuery } from "./schema.ts";

export interface InboxDeps extends RevealDeps {
  knex: Knex;
  vault: Vault;
  bridge: Bridge;
  starter: Starter;
  log: Logger;
}

/** Whose inbox it is. */
type InboxOwner = Pick<SignedInPerson, "userId">;

/** A recipient's acts on the own inbox, by HTTP and by socket alike. */
export interface InboxService {
  list(person: InboxOwner, query: InboxQuery): Promise<{ items: Notification[]; next: string | null }>;
  count(person: InboxOwner): Promise<InboxCounts>;
  find(person: InboxOwner, id: string): Promise<Notification | null>;
  act(person: InboxOwner, id: string, what: Act): Promise<ActResult>;
  /** The reasons of which one must be given to read the original; null where the notification is not this person's. */
  revealReasons(person: InboxOwner, id: string): Promise<string[] | null>;
  /**
   * The original, on record; 422 without a reason that its territory asks for; "gone" once it was destroyed, null where the
   * notification is not this person's, "own grant" for somebody whose role is owed to themself.
   */
  reveal(
    person: InboxOwner,
    id: string,
    reason?: string,
  ): Promise<Omit<Original, "known"> | "gone" | "own grant" | null>;
}

export function createInboxService(deps: InboxDeps): InboxService {
  const { knex, vault, bridge, starter, log } = deps;
  const revealing = createRevealing(deps);
  const find: InboxService["find"] = async ({ userId }, id) => {
    if (!isUuid(id)) return null;
    return await actAs(knex, `user:${userId}`, async (trx) => {
      const found = await own(trx, userId).findById(id);
      if (found === undefined) return null;
      await nameColleagues(trx, userId, [found]);
      return found;
    });
  };

  return {
    find,

    list: async ({ userId }, query) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) =>
        nameColleagues(trx, userId, await inboxPage(trx, userId, query)),
      );
      return toPage(rows, query.limit, placeInTime);
    },

    count: ({ userId }) => actAs(knex, `user:${userId}`, (trx) => countInbox(trx, userId)),

    act: async ({ userId }, id, what) => {
      if (!isUuid(id)) return { kind: "not_found" };
      const result = await act(knex, userId, id, what);
      if (result.kind === "not_found")
        await recordDenial(knex, `user:${userId}`, `notification.${what.kind}`, id);
      if (result.kind === "done" && result.changes.length > 0) {
        announce(bridge, log, result.changes);
        bridge.hintProgress(id);
        if (what.kind !== "read" && what.kind !== "snooze") void starter.tellHandled(result.rootId);
      }
      if (result.kind === "done" && isByColleague(result.notification))
        await actAs(knex, `user:${userId}`, (trx) => nameColleagues(trx, userId, [result.notification]));
      return result;
    },

    revealReasons: async ({ userId }, id) => await revealReasons(knex, userId, id),

    reveal: async (person, id, reason) => {
      if (!isUuid(id)) return null;
      const send = await revealing(person, id, reason);
      if (send === null || send === "own grant") {
        await recordDenial(knex, `user:${person.userId}`, "notification.reveal", id);
        return send;
      }
      if (send.shredded_at !== null) return "gone";
      const { title, message, metadata } = unsealOriginal(vault, send);
      return { title, message, metadata };
    },
  };
}

/** Row-level security would show a supervisor the whole territory; an inbox is one person's. */
const own = (trx: Parameters<typeof Notification.query>[0], userId: string) =>
  Notification.query(trx).where({ "notifications.user_id": userId });

/** A page of a person's inbox, newest first, and one row more where there is another page. */
export async function inboxPage(
  trx: Transaction,
  userId: string,
  { limit, cursor, status, category, priority, unread }: InboxQuery,
): Promise<Notification[]> {
  const rows = own(trx, userId);
  if (status !== undefined) void rows.where({ status });
  if (category !== undefined) void rows.where({ category });
  if (priority !== undefined) void rows.where({ priority });
  if (unread === true) void rows.whereIn("status", ["sent", "delivered"]);
  if (unread === false) void rows.whereNotIn("status", ["sent", "delivered"]);
  if (cursor !== undefined) void rows.whereRaw("(created_at, id) < (?, ?)", [cursor.at, cursor.id]);
  return await rows
    .orderBy([
      { column: "created_at", order: "desc" },
      { column: "id", order: "desc" },
    ])
    .limit(limit + 1);
}

async function recordDenial(
  knex: Knex,
  actor: Actor,
  action: `notification.${string}`,
  id: string,
): Promise<void> {
  await actAs(knex, actor, (trx) => record(trx, actor, { action, outcome: "denied", objectId: id }));
}
