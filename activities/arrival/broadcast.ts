import type { Knex } from "knex";
import { v5 as uuidv5 } from "uuid";
import { LIVE } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { type AuditEvent, record } from "../../store/audit/record.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import { Inbox } from "../../store/models/Inbox.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import { Membership } from "../../store/models/User.ts";
import { addressedOf, preferencesOf } from "../../store/people/preferences.ts";
import { arrivalOf } from "./arrival.ts";
import { roundRows } from "./enqueue.ts";
import { readIntake } from "./intake.ts";
import { planDeliveries } from "./plan.ts";
import { redact, type RedactDeps, type Redaction } from "./redact.ts";

/** People whose inboxes one page reaches, in one transaction: few, since whoever writes to one of them meanwhile waits. */
const PAGE = 100;

/** Where a page ended; `after` is null when that was the last. */
export interface BroadcastPage {
  after: string | null;
  /** People of the page; they have it now, whether this run wrote it or one that was interrupted. */
  reached: number;
  /** ISO time to wait for; nothing was written. */
  holdUntil?: string;
}

export interface BroadcastDeps extends RedactDeps {
  knex: Knex;
  bridge: Bridge;
  channels: Pick<Registry, "names">;
  onStep: (step: string) => void;
}

/** One inbox that a page wrote to. */
interface Reached {
  notificationId: string;
  inboxId: string;
  seq: number;
}

/**
 * Writes a broadcast into the inboxes of the next page of people, then tells their sockets. Each person's notification
 * has an id of its own making, so a page that is run again writes nobody twice. What other channels have to do is left
 * queued: each notification's own workflow does it, begun by the reconciler.
 */
export function createBroadcastPage({ knex, bridge, channels, onStep, ...redactDeps }: BroadcastDeps) {
  return async function broadcastPage(id: string, after: string): Promise<BroadcastPage> {
    const actor: Actor = `worker:${id}`;
    const intake = await actAs(knex, actor, (trx) => readIntake(trx, id));
    if (intake === null || intake.send.status === "cancelled") return { after: null, reached: 0 };
    const { send, settings } = intake;
    if (send.shredded_at !== null) return { after: null, reached: 0 };
    if (send.send_at !== null && send.send_at > new Date()) {
      return { after, reached: 0, holdUntil: send.send_at.toISOString() };
    }
    const redaction = await redact(redactDeps, send, settings);
    const { people, reached } = await actAs(knex, actor, async (trx) => {
      const people = await nextPeople(trx, send, after);
      return { people, reached: await writePage(trx, actor, send, redaction, people, channels.names()) };
    });
    onStep("broadcast.paged");
    if ((send.channels ?? channels.names())[0] === LIVE) await tellPage(knex, actor, bridge, reached);
    return { after: people.length < PAGE ? null : (people.at(-1) ?? null), reached: people.length };
  };
}

async function nextPeople(trx: Transaction, { territory_id, role }: Send, after: string): Promise<string[]> {
  const members = Membership.query(trx)
    .distinct("user_id")
    .where({ territory_id })
    .where("user_id", ">", after)
    .orderBy("user_id")
    .limit(PAGE);
  if (role !== null) void members.where({ role });
  return (await members).map(({ user_id }) => user_id);
}

async function writePage(
  trx: Transaction,
  actor: Actor,
  send: Send,
  redaction: Redaction,
  people: string[],
  available: string[],
): Promise<Reached[]> {
  await Send.query(trx).findById(send.id).forUpdate();
  const done = await Notification.query(trx)
    .select("user_id")
    .where({ send_id: send.id })
    .whereIn("user_id", people);
  const fresh = new Set(people);
  for (const { user_id } of done) fresh.delete(user_id);
  const status = people.length < PAGE ? "persisted" : "accepted";
  await trx("sends").where({ id: send.id }).increment("persisted", fresh.size).update({ status });
  if (fresh.size === 0) return [];
  await Inbox.query(trx)
    .whereIn("user_id", [...fresh])
    .orderBy("id")
    .forUpdate();
  const inboxes = await Inbox.query(trx)
    .whereIn("user_id", [...fresh])
    .increment("seq", 1)
    .returning("*");
  const inboxOf = new Map(inboxes.map((inbox) => [inbox.user_id, inbox.id]));
  const notifications = await notificationRows(trx, send, redaction, inboxes);
  await Notification.query(trx).insert(notifications);
  const { deliveries, events } = await planPage(trx, notifications, send.channels, available);
  await Delivery.query(trx).insert(deliveries);
  const arrivals = notifications.map(({ id, user_id, territory_id, status }) => ({
    notification_id: id,
    user_id,
    territory_id,
    status,
  }));
  await DeliveryEvent.query(trx).insert([...arrivals, ...events]);
  await record(trx, actor, ...notifications.map(persisted));
  return notifications.map(({ id, user_id, seq }) => ({
    notificationId: id,
    seq,
    inboxId: inboxOf.get(user_id) ?? "",
  }));
}

type Row = Awaited<ReturnType<typeof notificationRows>>[number];

async function notificationRows(trx: Transaction, send: Send, redaction: Redaction, inboxes: Inbox[]) {
  const arrival = await arrivalOf(trx, send, redaction);
  return inboxes.map(({ user_id, seq }) => ({ ...arrival, id: uuidv5(user_id, send.id), user_id, seq }));
}

const persisted = ({ id, territory_id, seq }: Row): AuditEvent => ({
  action: "notification.persist",
  outcome: "ok",
  territoryId: territory_id,
  objectId: id,
  payload: { seq },
});

async function planPage(trx: Transaction, rows: Row[], asked: string[] | null, available: string[]) {
  const people = rows.map(({ user_id }) => user_id);
  const wishes = await preferencesOf(trx, people);
  const addressed = await addressedOf(trx, people);
  const now = new Date();
  const rounds = rows.map((row) => {
    const { category, priority, user_id } = row;
    const [preferences, addresses] = [wishes(user_id), addressed(user_id)];
    return roundRows(
      row,
      0,
      planDeliveries({ category, priority, asked, available, preferences, addresses, now }),
    );
  });
  return {
    deliveries: rounds.flatMap(({ deliveries }) => deliveries),
    events: rounds.flatMap(({ events }) => events),
  };
}

/** Tells the sockets of a page's people, and records who has one; what else is planned for the others comes next. */
async function tellPage(knex: Knex, actor: Actor, bridge: Bridge, reached: Reached[]): Promise<void> {
  const nodes = await Promise.all(
    reached.map(({ inboxId, notificationId, seq }) =>
      bridge.publish(inboxId, { seq, id: notificationId }).catch(() => 0),
    ),
  );
  const idsWhere = (wanted: (nodes: number) => boolean): string[] =>
    reached.filter((_, index) => wanted(nodes[index] ?? 0)).map(({ notificationId }) => notificationId);
  const [live, offline] = [idsWhere((count) => count > 0), idsWhere((count) => count === 0)];
  await actAs(knex, actor, async (trx) => {
    await settleAll(trx, live, "=", { status: "accepted", reason: null });
    await settleAll(trx, live, "<>", { status: "skipped", reason: "not_needed" });
    await settleAll(trx, offline, "=", { status: "skipped", reason: "offline" });
    await Delivery.query(trx)
      .whereIn("notification_id", offline)
      .where({ status: "queued" })
      .patch({ next_check_at: new Date() });
  });
}

/** Settles the live channel's deliveries (`=`), or all the others (`<>`), of many notifications that still wait. */
async function settleAll(
  trx: Transaction,
  ids: string[],
  live: "=" | "<>",
  { status, reason }: { status: "accepted" | "skipped"; reason: string | null },
): Promise<void> {
  await trx.raw(
    `WITH settled AS (
       UPDATE deliveries SET status = ?, reason = ?, updated_at = now()
       WHERE notification_id = ANY (?::uuid[]) AND channel ${live} ? AND status = 'queued' RETURNING *)
     INSERT INTO delivery_events (notification_id, delivery_id, user_id, territory_id, channel, status, reason, attempt)
     SELECT notification_id, id, user_id, territory_id, channel, status, reason, attempts FROM settled`,
    [status, reason, ids, LIVE],
  );
}
