import { laneOf } from "../../channels/contract.ts";
import type { Knex } from "knex";
import type { Starter } from "../../node/starter.ts";
import type { Registry } from "../../channels/registry.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { redeliver as plan } from "../../store/transitions/redeliver.ts";
import { isUuid } from "../http/ids.ts";
import { conflict, forbidden, notFound, type Problem } from "../http/errors.ts";
import type { DeliveryView } from "./timeline.ts";

export interface RedeliverDeps {
  knex: Knex;
  starter: Starter;
  channels: Pick<Registry, "names">;
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
    const refuse = async (problem: Problem): Promise<never> => {
      const payload = { status: problem.status, problem: problem.slug };
      const objectId = isUuid(id) ? id : null;
      await actAs(knex, actor, (trx) =>
        record(trx, actor, { action: "delivery.redeliver", outcome: "denied", objectId, payload }),
      );
      throw problem;
    };
    const supervised = await actAs(knex, actor, (trx) =>
      Membership.query(trx).where({ user_id: userId, role: "supervisor" }).resultSize(),
    );
    if (supervised === 0) return await refuse(forbidden("Only supervisors can deliver again."));
    if (!isUuid(id)) return await refuse(notFound());
    const planned = await plan(knex, userId, id, channels.names());
    switch (planned.kind) {
      case "not_found":
        return await refuse(notFound());
      case "under_way":
        return await refuse(conflict("A delivery by this channel is under way."));
      case "over":
        return await refuse(conflict(`The notification is ${planned.status}.`));
      case "off":
        return await refuse(conflict("The channel is off."));
      case "done": {
        const { delivery, category, priority } = planned;
        await starter.redeliver(delivery.notification_id, delivery.round, laneOf(priority));
        return Object.assign(delivery, { category, priority });
      }
    }
  };
}
