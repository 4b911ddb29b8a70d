import { laneOf } from "../../channels/contract.ts";
import type { Knex } from "knex";
import type { Starter } from "../../node/starter.ts";
import type { Registry } from "../../channels/registry.ts";
import { actAs } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { redeliver as plan } from "../../store/transitions/redeliver.ts";
import { isUuid } from "../../config/ids.ts";
import { conflict, notFound } from "../http/errors.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import type { DeliveryView } from "./timeline.ts";

export interface RedeliverDeps {
  knex: Knex;
  starter: Starter;
  channels: Pick<Registry, "names">;
}

/**
 * Delivers once more by the same channel, under a new delivery, whatever the recipient's quiet hours; on record.
 * @throws Problem 403 for whoever supervises nothing; 404; 409 while a delivery by this channel is under way, when the
 * notification is over, or the channel is off
 */
export function createRedeliver({ knex, starter, channels }: RedeliverDeps) {
  return async function redeliver({ userId }: SignedInPerson, id: string): Promise<DeliveryView> {
    await actAs(knex, `user:${userId}`, (trx) =>
      supervisedBy(trx, userId, "Only supervisors can deliver again."),
    );
    if (!isUuid(id)) throw notFound();
    const planned = await plan(knex, userId, id, channels.names());
    switch (planned.kind) {
      case "not_found":
        throw notFound();
      case "under_way":
        throw conflict("A delivery by this channel is under way.");
      case "over":
        throw conflict(`The notification is ${planned.status}.`);
      case "off":
        throw conflict("The channel is off.");
      case "done": {
        const { delivery, category, priority, urgency } = planned;
        await starter.redeliver(delivery.notification_id, delivery.round, laneOf(urgency));
        return Object.assign(delivery, { category, priority });
      }
    }
  };
}
