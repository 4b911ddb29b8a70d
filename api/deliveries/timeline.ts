import type { Knex } from "knex";
import type { Category, Priority } from "../../channels/contract.ts";
import { unsealOriginal } from "../../store/crypto/original.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { Notification } from "../../store/models/Notification.ts";
import { DeliveryEvent } from "../../store/models/DeliveryEvent.ts";
import { toPage } from "../http/paging.ts";
import type { Follower, ServiceIdentity } from "../../store/people/services.ts";
import { Send } from "../../store/models/Send.ts";

/** A delivery with its notification's category and priority. */
export type DeliveryView = Delivery & { category: Category; priority: Priority };

interface Found {
  deliveries: DeliveryView[];
  /** The oldest first; a page of them. */
  events: DeliveryEvent[];
  /** The cursor of those before them; null where there are none. */
  earlier: string | null;
  /** Events before this time went into an archive; null where that was before the notification. */
  archivedUntil: Date | null;
  /** What the sender gave along; for the key that it came with alone, and undefined once it was destroyed. */
  metadata: Record<string, string> | undefined;
  /** The alert that a send joined, whose deliveries and events these are; null for all others. */
  joined: string | null;
  /** The digest in which it came, whose deliveries these are, and whose events come with its own; null for all others. */
  digest: string | null;
  /** Who ended the alert unacknowledged, and why, redacted; for supervisors of its territory alone. */
  closed: { by: string; reason: string } | undefined;
}

/** One notification's deliveries and events, for everybody who may follow it. */
export interface Timeline {
  /** @param before the number of an event, where a page before this one ended */
  find(viewer: Follower, id: string, before?: [number]): Promise<Found | null>;
  ofService(service: ServiceIdentity, id: string): Promise<DeliveryView[]>;
}

/** Deliveries with their notification's category and priority, as far as the actor may see both. */
export const deliveriesWithNotification = (trx: Transaction) =>
  Delivery.query(trx)
    .join("notifications", "notifications.id", "deliveries.notification_id")
    .select("deliveries.*", "notifications.category", "notifications.priority")
    .castTo<DeliveryView[]>();

/** Events of one answer: an alert that is joined, repeated or put off again and again has many. */
const MOST_EVENTS = 1_000;

export function createTimeline(knex: Knex, vault: Vault): Timeline {
  const deliveriesOf = (trx: Transaction, id: string) =>
    deliveriesWithNotification(trx).where({ notification_id: id }).orderBy(["round", "position"]);
  return {
    find: (viewer, id, before) =>
      actAs(knex, viewer.actor, async (trx) => {
        const send = await ownSend(trx, viewer, id);
        const joined = send?.joined ?? null;
        const digest = await digestOf(trx, joined ?? id);
        const deliveries = await deliveriesOf(trx, digest ?? joined ?? id);
        const shown = [joined ?? id, ...(digest === null ? [] : [digest])];
        const rows = DeliveryEvent.query(trx).whereIn("notification_id", shown);
        if (before !== undefined) void rows.where("id", "<", before[0]);
        const page = toPage(await rows.orderBy("id", "desc").limit(MOST_EVENTS + 1), MOST_EVENTS, (event) => [
          event.id,
        ]);
        const events = page.items.toReversed();
        if (viewer.territories !== null && send === undefined) return null;
        // A send that is not persisted yet has neither, but its sender knows that it exists.
        if (deliveries.length === 0 && events.length === 0 && send === undefined) return null;
        const archivedUntil = await archivedSince(trx, send ?? deliveries[0] ?? events[0]);
        const metadata = send && metadataOf(vault, send, viewer);
        const closed = await closedBy(trx, viewer, id);
        return { deliveries, events, earlier: page.next, archivedUntil, metadata, joined, digest, closed };
      }),
    ofService: ({ serviceId }, id) =>
      actAs(knex, `service:${serviceId}`, async (trx) => {
        const send = await Send.query(trx).findById(id).select("joined");
        const root = send?.joined ?? id;
        return await deliveriesOf(trx, (await digestOf(trx, root)) ?? root);
      }),
  };
}

/** The digest that a notification is an item of, and that has arrived or is on its way; null where it is none. */
async function digestOf(trx: Transaction, id: string): Promise<string | null> {
  const item = await Notification.query(trx).findById(id).select("digest");
  return item?.digest ?? null;
}

/** When the newest archive of timelines ends, where that is after the notification's beginning. */
async function archivedSince(
  trx: Transaction,
  first: { created_at: Date } | DeliveryEvent | undefined,
): Promise<Date | null> {
  if (first === undefined) return null;
  const newest: { ends: Date } | undefined = await trx("archives")
    .where({ source: "delivery_events" })
    .where("ends", ">", "created_at" in first ? first.created_at : first.at)
    .orderBy("ends", "desc")
    .first("ends");
  return newest?.ends ?? null;
}

async function closedBy(trx: Transaction, viewer: Follower, id: string): Promise<Found["closed"]> {
  if (viewer.territories !== null) return undefined;
  const alert = await Notification.query(trx)
    .findById(id)
    .whereRaw("territory_id = ANY ((SELECT supervised_territories())::text[])")
    .select("closed_by", "closed_reason");
  if (alert === undefined || alert.closed_by === null || alert.closed_reason === null) return undefined;
  return { by: alert.closed_by, reason: alert.closed_reason };
}

/** The send, in the territories of its service's key, that a notification was made of; it may not be persisted yet. */
async function ownSend(trx: Transaction, viewer: Follower, id: string): Promise<Send | undefined> {
  if (viewer.territories === null) return undefined;
  const made = await Notification.query(trx).findById(id).select("send_id");
  const send = await Send.query(trx).findById(made?.send_id ?? id);
  return send !== undefined && viewer.territories.has(send.territory_id) ? send : undefined;
}

/** An admin may make another key of the service's, and would read by it what only the sender may. */
const metadataOf = (
  vault: Vault,
  send: Send,
  { followerKey }: Follower,
): Record<string, string> | undefined =>
  send.shredded_at === null && send.service_key_id === followerKey
    ? unsealOriginal(vault, send).metadata
    : undefined;
