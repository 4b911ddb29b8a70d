import type { Knex } from "knex";
import type { Priority } from "../../channels/contract.ts";
import { advances } from "../../channels/outcome.ts";
import type { Report } from "../../channels/report.ts";
import { LOCK_SPACES } from "../db/locks.ts";
import { record } from "../audit/record.ts";
import { actAs, type Actor, isPostgresError, type Transaction, switchActor } from "../db/knex.ts";
import { Delivery } from "../models/Delivery.ts";
import { Notification } from "../models/Notification.ts";
import { planRedelivery } from "./redeliveries.ts";

/** A round of deliveries that takes over from one that failed; to be started. */
export interface TakeOver {
  notificationId: string;
  round: number;
  priority: Priority;
}

/**
 * Puts a provider's report on record. Reports come late, twice and in any order: a delivery only ever moves forward. A report
 * that comes before the delivery's own answer is kept until the answer is on record. Where a delivery failed after all and
 * nothing has reached the recipient, the channels behind it take over.
 */
export async function takeReport(knex: Knex, channel: string, report: Report): Promise<TakeOver[]> {
  const actor: Actor = `callback:${channel}`;
  const ids = await actAs(knex, actor, (trx) => findOrKeep(trx, channel, report));
  const takeOvers: TakeOver[] = [];
  for (const id of ids) {
    const takeOver = await oncePerRound(() => actAs(knex, actor, (trx) => takeFor(trx, actor, id, report)));
    if (takeOver !== null) takeOvers.push(takeOver);
  }
  return takeOvers;
}

async function takeFor(trx: Transaction, actor: Actor, id: string, report: Report): Promise<TakeOver | null> {
  const seen = await Delivery.query(trx).findById(id);
  if (seen === undefined) return null;
  const notification = await Notification.query(trx).findById(seen.notification_id).forUpdate();
  const delivery = await Delivery.query(trx).findById(id).forUpdate();
  if (notification === undefined || delivery === undefined) return null;
  if (!(await applyReport(trx, actor, delivery, report))) return null;
  // When the answer was lost, the next channel has been tried already.
  const spared = delivery.status !== "unknown";
  const unheard = report.status === "failed" && notification.status === "sent" && spared;
  return unheard ? await letTakeOver(trx, notification, delivery) : null;
}

/** A supervisor may begin the same round at the same moment. Few providers report twice, so the work is tried again here. */
async function oncePerRound<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPostgresError(error, "23505")) throw error;
    return await work();
  }
}

interface Kept {
  provider_id: string;
  delivery_id: string | null;
  status: Report["status"];
  reason: string | null;
}

/** Lets nobody keep a report while somebody looks for one, so that no report is missed. */
async function takeTurns(trx: Transaction, channel: string, id: string): Promise<void> {
  await trx.raw("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", [
    `${channel} ${id}`,
    LOCK_SPACES.report,
  ]);
}

/** How long a report waits for its delivery: longer than any attempt takes. */
const KEPT_FOR = "1 day";

async function findOrKeep(trx: Transaction, channel: string, report: Report): Promise<string[]> {
  const { providerId: provider_id, deliveryId: delivery_id, status, reason } = report;
  await takeTurns(trx, channel, provider_id);
  const found = await Delivery.query(trx).where({ channel, provider_id }).select("id");
  if (found.length > 0) return found.map(({ id }) => id);
  const lost = delivery_id === null ? [] : await adopt(trx, channel, delivery_id, provider_id);
  if (lost.length > 0) return lost;
  await trx("early_reports").where({ channel }).whereRaw(`at < now() - interval '${KEPT_FOR}'`).delete();
  const kept: Kept | undefined = await trx("early_reports").where({ channel, provider_id }).first();
  if (kept === undefined)
    await trx("early_reports").insert({ channel, provider_id, delivery_id, status, reason });
  else if (advances(kept.status, status))
    await trx("early_reports").where({ channel, provider_id }).update({ status, reason });
  return [];
}

/** Gives the provider's id to a delivery whose answer, which would have held it, was lost. */
async function adopt(trx: Transaction, channel: string, id: string, provider_id: string): Promise<string[]> {
  await takeTurns(trx, channel, id);
  const adopted: { id: string }[] = await trx("deliveries")
    .where({ channel, id, provider_id: null, status: "unknown" })
    .update({ provider_id })
    .returning("id");
  return adopted.map((delivery) => delivery.id);
}

/** Moves a locked delivery on, with event and record; false when the report tells nothing new. */
async function applyReport(
  trx: Transaction,
  actor: Actor,
  delivery: Delivery,
  { status, reason }: Report,
): Promise<boolean> {
  if (!advances(delivery.status, status)) return false;
  const { id, notification_id, user_id, territory_id, channel, attempts } = delivery;
  await trx("deliveries").where({ id }).update({ status, reason, updated_at: new Date() });
  await trx("delivery_events").insert({
    notification_id,
    delivery_id: id,
    user_id,
    territory_id,
    channel,
    status,
    reason,
    attempt: attempts,
  });
  await record(trx, actor, {
    action: "delivery.report",
    outcome: status === "failed" || status === "unknown" ? "failed" : "ok",
    territoryId: territory_id,
    objectId: notification_id,
    payload: { delivery_id: id, channel, status, reason },
  });
  if (status === "delivered")
    await trx("notifications").where({ id: notification_id, status: "sent" }).update({ status });
  return true;
}

/** Plans a round for the channels behind the failed one that were not needed. */
async function letTakeOver(
  trx: Transaction,
  { id, priority }: Notification,
  failed: Delivery,
): Promise<TakeOver | null> {
  const actor: Actor = `worker:${id}`;
  await switchActor(trx, actor);
  const behind = await Delivery.query(trx)
    .where({ notification_id: id, round: failed.round })
    .where("position", ">", failed.position)
    .orderBy("position")
    .forUpdate();
  // The workflow is about to put the deliveries that are still queued on record as not needed.
  const spared = behind.filter(({ status, reason }) => status === "queued" || reason === "not_needed");
  if (spared.length === 0) return null;
  for (const { id: queued } of spared.filter(({ status }) => status === "queued"))
    await trx("deliveries")
      .where({ id: queued })
      .update({ status: "skipped", reason: "not_needed", updated_at: new Date() });
  const planned = await planRedelivery(
    trx,
    failed,
    spared.map(({ channel }) => channel),
  );
  await record(trx, actor, {
    action: "delivery.take_over",
    outcome: "ok",
    territoryId: failed.territory_id,
    objectId: id,
    payload: { delivery_id: failed.id, channels: spared.map(({ channel }) => channel) },
  });
  const [first] = planned;
  return first === undefined ? null : { notificationId: id, round: first.round, priority };
}
