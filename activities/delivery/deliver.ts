import type { Knex } from "knex";
import type { Deliverable } from "../../channels/plugin.ts";
import { attempt, settle } from "../../channels/outcome.ts";
import type { Registry } from "../../channels/registry.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { type Claim, claim } from "./claim.ts";
import { beating, type Task } from "../heartbeat.ts";
import { type DeliverResult, settleDelivery } from "./settle.ts";

export interface DeliverDeps {
  knex: Knex;
  channels: Pick<Registry, "get">;
  task: Task;
  onStep: (step: string) => void;
}

/**
 * Makes one attempt at one delivery: claims it (committed before anything is sent), hands it to its channel, records
 * the outcome. A delivery that is settled already is left alone.
 */
export function createDeliver({ knex, channels, task, onStep }: DeliverDeps) {
  return async function deliver(notificationId: string, deliveryId: string): Promise<DeliverResult> {
    const actor: Actor = `worker:${notificationId}`;
    const claimed = await actAs(knex, actor, (trx) =>
      claim(trx, actor, channels, notificationId, deliveryId),
    );
    if ("status" in claimed) return claimed;
    onStep("deliver.claimed");
    return await beating(task, async (signal) => {
      const running = channels.get(claimed.delivery.channel);
      const outcome =
        running === undefined
          ? settle({ kind: "reject", code: "not_configured" })
          : await attempt(
              running.channel,
              running.instance,
              deliverableOf(claimed, running.channel.phi, signal),
            );
      onStep("deliver.published");
      return await actAs(knex, actor, (trx) => settleDelivery(trx, actor, claimed.delivery, outcome));
    });
  };
}

/** What a channel gets to see; with `phi: "none"`, that there is a message and no more. */
function deliverableOf(
  { delivery, notification, inboxId, address }: Claim,
  phi: "redacted" | "none",
  signal: AbortSignal,
): Deliverable {
  const hidden = phi === "none";
  return {
    message: {
      notificationId: notification.id,
      deliveryId: delivery.id,
      seq: notification.seq,
      category: notification.category,
      priority: notification.priority,
      title: hidden ? null : notification.title,
      text: hidden ? "You have a message." : notification.message,
      createdAt: notification.created_at.toISOString(),
    },
    recipient: { userId: notification.user_id, inboxId, address },
    attempt: delivery.attempts,
    idempotencyKey: delivery.id,
    signal,
  };
}
