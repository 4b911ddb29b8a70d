import type { Knex } from "knex";
import { type Original, unsealOriginal } from "../../store/crypto/original.ts";
import { type Starter, startWorkflow } from "../../node/starter.ts";
import { announce } from "../../channels/websocket/announce.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import { act, type Act, type ActResult } from "../../store/transitions/act.ts";
import { nameColleagues, namesColleagues } from "../../store/notifications/colleagues.ts";
import type { InboxCounts, Lane } from "../../channels/contract.ts";
import { countInbox } from "../../store/notifications/counts.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Notification } from "../../store/models/Notification.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { type DenialDeps, recordDenial } from "../middleware/denials.ts";
import { readerOf, type SignedInPerson, type Subject } from "../../store/people/sessions.ts";
import { isUuid } from "../../config/ids.ts";
import { addNextSteps, mayEscalate } from "../../store/notifications/next-steps.ts";
import { createSenders } from "../../store/notifications/senders.ts";
import { containing, placeInTime, toPage } from "../http/paging.ts";
import { createRevealing, type RevealDeps, revealReasons } from "./reveal.ts";
import type { InboxQuery } from "./schema.ts";

export interface InboxDeps extends RevealDeps {
  knex: Knex;
  limits: RevealDeps["limits"] & DenialDeps["limits"];
  vault: Vault;
  bridge: Bridge;
  starter: Starter;
  log: Logger;
}

/** Acts that change nothing for the workflow. */
const QUIET: ReadonlySet<Act["kind"]> = new Set(["read", "snooze", "unread", "restore"]);

/** Newest notifications of an inbox among which words are looked for. */
const SEARCHED = 10_000;

/** Whose inbox it is. */
type InboxOwner = Pick<SignedInPerson, "userId"> & { subject?: Pick<Subject, "tokenId"> };

/** A recipient's acts on the own inbox, by HTTP and by socket alike. */
export interface InboxService {
  list(person: InboxOwner, query: InboxQuery): Promise<{ items: Notification[]; next: string | null }>;
  count(person: InboxOwner): Promise<InboxCounts>;
  find(person: InboxOwner, id: string): Promise<Notification | null>;
  /** Writes into a person's notifications what their rows don't hold: names of people and senders, and the next step of their escalation. */
  complete(on: Knex, person: InboxOwner, notifications: Notification[]): Promise<void>;
  /** @param via the channel outside by which the person answered; null for the inbox itself */
  act(person: InboxOwner, id: string, what: Act, via?: string | null): Promise<ActResult>;
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
  const deny = (userId: string, action: `notification.${string}`, objectId: string): Promise<void> =>
    recordDenial(deps, userId, { action, outcome: "denied", objectId });
  const senders = createSenders();
  const complete: InboxService["complete"] = async (on, { userId }, notifications) => {
    const escalates = notifications.some(mayEscalate);
    if (senders.know(notifications) && !escalates && !notifications.some(namesColleagues)) return;
    await actAs(on, `user:${userId}`, async (trx) => {
      await nameColleagues(trx, userId, notifications);
      await senders.name(trx, userId, notifications);
      await addNextSteps(trx, userId, notifications);
    });
  };
  const find: InboxService["find"] = async (person, id) => {
    if (!isUuid(id)) return null;
    return await actAs(knex, readerOf(person), async (trx) => {
      return (await own(trx, person.userId).findById(id)) ?? null;
    });
  };

  return {
    complete,

    find: async (person, id) => {
      const found = await find(person, id);
      if (found !== null) await complete(knex, person, [found]);
      return found;
    },

    list: async (person, query) => {
      const rows = await actAs(knex, readerOf(person), (trx) => inboxPage(trx, person.userId, query));
      await complete(knex, person, rows);
      return toPage(rows, query.limit, placeInTime);
    },

    count: (person) => actAs(knex, readerOf(person), (trx) => countInbox(trx, person.userId)),

    act: async ({ userId, subject }, id, what, via = null) => {
      if (!isUuid(id)) return { kind: "not_found" };
      const result = await act(knex, userId, id, what, via, subject?.tokenId ?? null);
      if (result.kind === "not_found") await deny(userId, `notification.${what.kind}`, id);
      if (result.kind === "done" && result.changes.length > 0) {
        announce(bridge, log, result.changes);
        bridge.hintProgress(id);
        if (result.work !== undefined) void goOn(starter, result.work, result.notification.lane);
        else if (result.waits && !QUIET.has(what.kind)) void starter.tellHandled(result.rootId);
      }
      if (result.kind === "done") await complete(knex, { userId }, [result.notification]);
      return result;
    },

    revealReasons: async ({ userId }, id) => await revealReasons(knex, userId, id),

    reveal: async (person, id, reason) => {
      if (!isUuid(id)) return null;
      const send = await revealing(person, id, reason);
      if (send === null || send === "own grant") {
        await deny(person.userId, "notification.reveal", id);
        return send;
      }
      if (send.shredded_at !== null) return "gone";
      const { title, message, metadata } = unsealOriginal(vault, send);
      return { title, message, metadata };
    },
  };
}

/** Has an alert's workflow go on, which may be over; the relay does it where this fails. */
async function goOn(
  starter: Pick<Starter, "start" | "startBroadcast" | "tellHandled">,
  { id, broadcast }: { id: string; broadcast: boolean },
  lane: Lane,
): Promise<void> {
  await startWorkflow(starter, { id, lane, kind: broadcast ? "broadcast" : "notification" }, "again");
  await starter.tellHandled(id, lane);
}

/** Row-level security would show a supervisor the whole territory; an inbox is one person's. */
const own = (trx: Parameters<typeof Notification.query>[0], userId: string) =>
  Notification.query(trx).where({ "notifications.user_id": userId });

/** A page of a person's inbox, newest first, and one row more where there is another page. */
export async function inboxPage(
  trx: Transaction,
  userId: string,
  { limit, cursor, status, category, priority, unread, q }: InboxQuery,
): Promise<Notification[]> {
  // Items are shown in their digest.
  const rows = own(trx, userId).whereNull("digest");
  if (status !== undefined) void rows.where({ status });
  if (category !== undefined) void rows.where({ category });
  if (priority !== undefined) void rows.where({ priority });
  if (unread === true) void rows.whereIn("status", ["sent", "delivered"]);
  if (unread === false) void rows.whereNotIn("status", ["sent", "delivered"]);
  if (q !== undefined)
    void rows
      .whereIn("id", newest(own(trx, userId).select("id")).limit(SEARCHED))
      .whereRaw("(title ILIKE :pattern OR message ILIKE :pattern)", { pattern: containing(q) });
  if (cursor !== undefined) void rows.whereRaw("(created_at, id) < (?, ?)", [cursor.at, cursor.id]);
  return await newest(rows).limit(limit + 1);
}

const newest = (rows: ReturnType<typeof own>) =>
  rows.orderBy([
    { column: "created_at", order: "desc" },
    { column: "id", order: "desc" },
  ]);
