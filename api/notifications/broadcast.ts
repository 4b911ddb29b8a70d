import type { Knex } from "knex";
import { actAs } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Send } from "../../store/models/Send.ts";
import type { ServiceIdentity } from "../../store/people/services.ts";

/** A broadcast's status, by that of its send. */
const STATUS = { accepted: "sent", persisted: "completed", cancelled: "cancelled" } as const;

/** How far a broadcast has come. */
export interface BroadcastProgress {
  broadcast_id: string;
  status: "sent" | "completed" | "cancelled";
  /** People it is for, as counted when it was accepted. */
  recipients: number;
  /** Those of them who have it in their inbox. */
  persisted: number;
  /** Those of them who received it on some channel. */
  delivered: number;
  /** Those of them who acknowledged it. */
  acknowledged: number;
}

/** A broadcast's progress, for the service that sent it, by a key of its territory; null for everybody else. */
export async function readBroadcast(
  knex: Knex,
  { serviceId, territories }: ServiceIdentity,
  id: string,
): Promise<BroadcastProgress | null> {
  return await actAs(knex, `service:${serviceId}`, async (trx) => {
    const send = await Send.query(trx).findById(id).whereNull("user_id");
    if (send === undefined || !territories.has(send.territory_id)) return null;
    // Of what is grouped, the digest is delivered.
    const received = Delivery.query(trx)
      .where({ "deliveries.status": "delivered" })
      .whereRaw("deliveries.notification_id = coalesce(notifications.digest, notifications.id)");
    const recipients = () => Notification.query(trx).where({ send_id: id, escalated_from: null });
    const delivered = await recipients().whereExists(received).resultSize();
    const acknowledged = await recipients().whereNotNull("acknowledged_at").resultSize();
    return {
      broadcast_id: id,
      status: STATUS[send.status],
      recipients: send.recipients ?? 0,
      persisted: send.persisted,
      delivered,
      acknowledged,
    };
  });
}
