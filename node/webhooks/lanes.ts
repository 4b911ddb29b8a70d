import type { Knex } from "knex";
import type { Counter } from "prom-client";
import { createSlots } from "../../config/slots.ts";
import type { Logger } from "../../config/log.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { presentEvent } from "../../store/webhooks/events.ts";
import {
  claimWebhook,
  type ClaimedDelivery,
  settleWebhook,
  webhooksDue,
} from "../../store/webhooks/queue.ts";
import { openSecret } from "../../store/webhooks/secrets.ts";
import type { createPoster } from "./post.ts";

/** Requests to one webhook at a time, of one node. */
const SIDE_BY_SIDE = 4;
/** Connections to PostgreSQL that all webhooks of a node take together: sends need the others. */
const CONNECTIONS = 2;

export interface LanesDeps {
  knex: Knex;
  vault: Vault;
  post: ReturnType<typeof createPoster>;
  attempts: Counter<"outcome">;
  log: Logger;
}

/** What goes on towards webhooks: one lane each, so that none waits for another. */
export interface Lanes {
  /** Begins a lane for each webhook to which something is due and which has none; does not wait for them. */
  begin(): Promise<void>;
  /** Ends the requests under way, whose events are sent again later, and waits for the lanes. */
  stop(): Promise<void>;
}

export function createLanes({ knex, vault, post, attempts, log }: LanesDeps): Lanes {
  const stopping = new AbortController();
  const lanes = new Map<string, Promise<void>>();
  const inTurn = createSlots(CONNECTIONS);

  async function lane(webhookId: string): Promise<void> {
    for (let more = true; more && !stopping.signal.aborted;) {
      const claimed = await inTurn(() => claimWebhook(knex, webhookId, SIDE_BY_SIDE));
      if (claimed === null) return;
      const keys = claimed.secrets.map((secret) => openSecret(vault, secret));
      const ends = await Promise.allSettled(
        claimed.deliveries.map((delivery) => bring(webhookId, claimed.url, keys, delivery)),
      );
      // What could not be written counts as lost, and is made again.
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      ({ more } = claimed);
    }
  }

  async function bring(
    webhookId: string,
    url: string,
    keys: Buffer[],
    delivery: ClaimedDelivery,
  ): Promise<void> {
    const { event } = delivery;
    const message = { id: event.id, at: new Date(), body: JSON.stringify(presentEvent(event)) };
    const ending = await post({ url, message, keys, signal: stopping.signal });
    // The attempt counts as lost once its lease is over, and is made again.
    if (stopping.signal.aborted && ending.code === "aborted") return;
    attempts.inc({ outcome: ending.code === null ? "delivered" : "failed" });
    const { disabled } = await inTurn(() => settleWebhook(knex, delivery, ending));
    if (disabled)
      log.error({ webhookId, code: ending.code }, "a webhook was disabled; its service hears nothing");
  }

  return {
    begin: async () => {
      for (const id of await inTurn(() => webhooksDue(knex))) {
        if (lanes.has(id) || stopping.signal.aborted) continue;
        const running = lane(id)
          .catch((err: unknown) =>
            log.warn({ err, webhookId: id }, "a webhook's events could not be sent; they are tried again"),
          )
          .finally(() => lanes.delete(id));
        lanes.set(id, running);
      }
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(lanes.values());
    },
  };
}
