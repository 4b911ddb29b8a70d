import type { Knex } from "knex";
import { validate as isUuid } from "uuid";
import { actAs } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";

/** What an id names: the workflows that may have brought it there, the likeliest first, and the notification whose story it is. */
export interface Named {
  workflowIds: string[];
  /** The notification or broadcast whose deliveries and steps are told; null where only a workflow is named. */
  rootId: string | null;
  /** What the id is and where it leads to; null where it names the root itself. */
  said: string | null;
}

/** The workflow of a round of deliveries, or of a stand-down, bears its notification's id first. */
const OF_A_NOTIFICATION = /^([^/]+)\/(?:round|over)\/\d+$/;

/** Finds what an id that people see names; null where nothing has it. Reads ids and states alone. */
export async function findNamed(knex: Knex, id: string): Promise<Named | null> {
  const own = OF_A_NOTIFICATION.exec(id)?.[1];
  if (own !== undefined) return { workflowIds: [id], rootId: isUuid(own) ? own : null, said: null };
  if (id.startsWith("bulk/"))
    return { workflowIds: [id], rootId: null, said: `${id} brings what comes in bulk to a territory.` };
  if (!isUuid(id)) return null;
  return (await findDelivery(knex, id)) ?? (await findNotification(knex, id)) ?? (await findSend(knex, id));
}

async function findDelivery(knex: Knex, id: string): Promise<Named | null> {
  const delivery = await actAs(knex, "retention", (trx) => Delivery.query(trx).findOne({ id }));
  if (delivery === undefined) return null;
  const { notification_id: notificationId, channel, round } = delivery;
  if (delivery.redelivery_of === null) {
    const named = await findNotification(knex, notificationId);
    return named && { ...named, said: `${id} is a delivery by ${channel}, of ${named.rootId}.` };
  }
  const kind = delivery.stand_down === null ? "round" : "over";
  return {
    workflowIds: [`${notificationId}/${kind}/${round}`],
    rootId: notificationId,
    said:
      kind === "round"
        ? `${id} is a redelivery by ${channel}, of ${notificationId}: a workflow of its own.`
        : `${id} told by ${channel} that ${notificationId} is over: a workflow of its own.`,
  };
}

async function findNotification(knex: Knex, id: string): Promise<Named | null> {
  const found = await actAs(knex, "retention", (trx) => Notification.query(trx).findOne({ id }));
  if (found === undefined) return null;
  if (found.escalated_from !== null)
    return {
      workflowIds: [found.escalated_from],
      rootId: found.escalated_from,
      said: `${id} is a copy of ${found.escalated_from}, whose workflow delivers it.`,
    };
  if (found.digest !== null)
    return {
      workflowIds: [found.digest, id],
      rootId: found.digest,
      said: `${id} is an item of the digest ${found.digest}, which brings it.`,
    };
  if (found.send_id !== id)
    return {
      workflowIds: [id, found.send_id],
      rootId: id,
      said: `${id} is one person's part of the broadcast ${found.send_id}.`,
    };
  const bulk = found.lane === "bulk" ? [`bulk/${found.territory_id}`] : [];
  return {
    workflowIds: [id, ...bulk],
    rootId: id,
    said: bulk.length > 0 ? `${id} came in bulk.` : found.items === null ? null : `${id} is a digest.`,
  };
}

/** A send that has no notification of its own: a broadcast, one that joined another's alert, one that has not arrived. */
async function findSend(knex: Knex, id: string): Promise<Named | null> {
  const found =
    (await actAs(knex, "retention", (trx) => Send.query(trx).findOne({ id }))) ??
    (await actAs(knex, `worker:${id}`, (trx) => Send.query(trx).findOne({ id })));
  if (found === undefined) return null;
  if (found.joined !== null)
    return {
      workflowIds: [found.joined, id],
      rootId: found.joined,
      said: `${id} joined the alert ${found.joined}: it tells of the same problem.`,
    };
  if (found.user_id === null) return { workflowIds: [id], rootId: id, said: `${id} is a broadcast.` };
  if (found.digest_hash !== null && found.send_at !== null)
    return {
      workflowIds: [id],
      rootId: id,
      said: `${id} is a digest, and gathers until ${found.send_at.toISOString()}.`,
    };
  const until = found.send_at === null ? "" : `, and is to be sent at ${found.send_at.toISOString()}`;
  return { workflowIds: [id], rootId: id, said: `${id} is ${found.status}${until}.` };
}
