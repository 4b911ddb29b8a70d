import { laneOf } from "../../channels/contract.ts";
import type { Knex } from "knex";
import type { Starter } from "../../node/starter.ts";
import type { Registry } from "../../channels/registry.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor, isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { Delivery } from "../../store/models/Delivery.ts";
import { Notification } from "../../store/models/Notification.ts";
import { Membership } from "../../store/models/User.ts";
import { planRedelivery } from "../../store/notifications/redeliveries.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { isUuid } from "../http/ids.ts";
import { conflict, forbidden, notFound, Problem } from "../http/errors.ts";
import type { DeliveryView } from "./timeline.ts";

export interface RedeliverDeps {
  knex: Knex;
  starter: Starter;
  channels: Pick<Registry, "get">;
}

/**
 * Delivers once more by the same channel, under a new delivery, whatever the recipient's quiet hours; on record, also
 * when refused.
 * @throws Problem 403 for whoever supervises nothing; 404; 409 while a delivery by this channel is under way, when the
 * notification is over, or the channel is off
 */
export function createRedeliver({ knex, starter, channels }: RedeliverDeps) {
  return async function redeliver({ userId }: SignedInPerson, id: string): Promise<DeliveryView> {
    const actor: Actor = `user:${userId}`;
    try {
      const made = await actAs(knex, actor, (trx) => plan(trx, actor, userId, id, channels));
      await starter.redeliver(made.notification_id, made.round, laneOf(made.priority));
      return made;
    } catch (thrown) {
      const error = isPostgresError(thrown, "23505") ? underWay() : thrown;
      if (error instanceof Problem) {
        const payload = { status: error.status, problem: error.slug };
        const objectId = isUuid(id) ? id : null;
        await actAs(knex, actor, (trx) =>
          record(trx, actor, { action: "delivery.redeliver", outcome: "denied", objectId, payload }),
        );
      }
      throw error;
    }
  };
}

const underWay = (): Problem => conflict("A delivery by this channel is under way.");

async function plan(
  trx: Transaction,
  actor: Actor,
  userId: string,
  id: string,
  channels: Pick<Registry, "get">,
): Promise<DeliveryView> {
  const roles = await Membership.query(trx).where({ user_id: userId, role: "supervisor" });
  if (roles.length === 0) throw forbidden("Only supervisors can deliver again.");
  const territories = roles.flatMap(({ territory_id }) => territory_id ?? []);
  const found = isUuid(id)
    ? await Delivery.query(trx).findById(id).whereIn("territory_id", territories)
    : undefined;
  if (found === undefined) throw notFound();
  const { notification_id, channel, territory_id } = found;
  const open = Delivery.query(trx)
    .where({ notification_id, channel })
    .whereIn("status", ["queued", "claimed"]);
  if ((await open.resultSize()) > 0) throw underWay();
  const notification = await Notification.query(trx).findById(notification_id);
  if (notification === undefined) throw notFound();
  const { status, category, priority } = notification;
  if (status === "expired" || status === "cancelled") throw conflict(`The notification is ${status}.`);
  if (channels.get(channel) === undefined) throw conflict("The channel is off.");

  const [made] = await planRedelivery(trx, found, [channel]);
  if (made === undefined) throw notFound();
  await record(trx, actor, {
    action: "delivery.redeliver",
    outcome: "ok",
    territoryId: territory_id,
    objectId: notification_id,
    payload: { delivery_id: made.id, redelivery_of: id, channel },
  });
  return Object.assign(made, { category, priority });
}
