import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { LIVE } from "../../channels/contract.ts";
import { attempt, settle as settled, type Settled } from "../../channels/outcome.ts";
import type { Deliverable } from "../../channels/plugin.ts";
import type { Registry } from "../../channels/registry.ts";
import { isUnavailable } from "../../store/db/knex.ts";
import { Preferences } from "../../store/people/preferences.ts";
import {
  type AttemptResult,
  type Claim,
  claim,
  giveUp as writeGivenUp,
  hold,
  renew,
  settle,
} from "../../store/transitions/claim.ts";
import { quietUntil } from "../arrival/quiet.ts";
import { beating, type Task } from "../heartbeat.ts";

export interface DeliverDeps {
  knex: Knex;
  channels: Pick<Registry, "get" | "names">;
  task: Task;
  /** Hears of each attempt's channel and outcome. */
  onAttempt: (channel: string, outcome: string) => void;
}

/** How often an attempt that is at work renews its claim; ms. */
const RENEW_EVERY = 5_000;

/**
 * Makes one attempt at one delivery: claims it (committed before anything is sent), hands it to its channel, records
 * the outcome. A delivery that is settled already is left alone, and quiet hours that began since it was planned hold it.
 */
export function createDeliver({ knex, channels, task, onAttempt }: DeliverDeps) {
  return async function deliver(notificationId: string, deliveryId: string): Promise<AttemptResult> {
    const idempotent = channels.names().filter((name) => channels.get(name)?.channel.idempotent === true);
    const claimed = await claim(knex, notificationId, deliveryId, idempotent);
    if ("status" in claimed) return claimed;
    const until = heldUntil(claimed);
    if (until !== null) return await hold(knex, claimed, "quiet_hours", until);
    return await beating(task, async (signal) => {
      const renewal = setInterval(() => void renew(knex, claimed).catch(() => undefined), RENEW_EVERY);
      try {
        const outcome = await handOver(claimed, channels, signal);
        onAttempt(claimed.channel, outcome.status === "queued" ? "again" : outcome.status);
        return await untilWritten(() => settle(knex, claimed, outcome));
      } finally {
        clearInterval(renewal);
      }
    });
  };
}

async function handOver(
  claimed: Claim,
  channels: Pick<Registry, "get">,
  signal: AbortSignal,
): Promise<Settled> {
  const running = channels.get(claimed.channel);
  if (running === undefined) return settled({ kind: "reject", code: "not_configured" });
  return await attempt(
    running.channel,
    running.instance,
    deliverableOf(claimed, running.channel.phi, signal),
  );
}

/**
 * The end of quiet hours that hold a delivery now; null where none do. They hold neither critical notifications nor
 * deliveries that were asked for again.
 */
function heldUntil({ channel, priority, askedAgain, preferences }: Claim): Date | null {
  if (channel === LIVE || priority === "critical" || askedAgain) return null;
  return quietUntil(new Date(), Preferences.parse(preferences ?? {}));
}

/** How long writing an outcome is tried while PostgreSQL is away, within the attempt's own time, and the pause between two tries; ms. */
const WRITE_FOR = 15_000;
const WRITE_EVERY = 500;

/** Tries again through a short outage: if an outcome were lost, the next attempt would send again. */
async function untilWritten<T>(write: () => Promise<T>): Promise<T> {
  const end = performance.now() + WRITE_FOR;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > end) throw error;
      await delay(WRITE_EVERY);
    }
  }
}

/** The notification as a channel sees it; with `phi: "none"`, only that there is a message. */
function deliverableOf(claimed: Claim, phi: "redacted" | "none", signal: AbortSignal): Deliverable {
  const { notificationId, deliveryId, seq, category, priority, userId, inboxId, address } = claimed;
  const hidden = phi === "none";
  return {
    message: {
      notificationId,
      deliveryId,
      seq,
      category,
      priority,
      title: hidden ? null : claimed.title,
      text: hidden ? "You have a message." : claimed.message,
      createdAt: new Date(claimed.createdAt).toISOString(),
    },
    recipient: { userId, inboxId, address },
    attempt: claimed.attempt,
    idempotencyKey: deliveryId,
    signal,
  };
}

/** Records that no worker made the attempt, or that its worker was lost: a claimed delivery may have been sent. */
export function createGiveUp({ knex }: { knex: Knex }) {
  return async function giveUp(notificationId: string, deliveryId: string): Promise<AttemptResult> {
    const outcome = settled({ kind: "reject", code: "no_worker" });
    return await writeGivenUp(knex, notificationId, deliveryId, outcome);
  };
}

/** Records that channels were not needed, for workflows with histories from before the database recorded it by itself. */
export function createSkipRest({ knex }: { knex: Knex }) {
  return async function skipRest(notificationId: string, deliveryIds: string[]): Promise<void> {
    const outcome = settled({ kind: "reject", code: "not_needed" });
    for (const id of deliveryIds) await writeGivenUp(knex, notificationId, id, outcome);
  };
}
