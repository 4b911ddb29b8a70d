import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import { answerCode } from "../../channels/answer-code.ts";
import { LIVE } from "../../channels/contract.ts";
import { attempt, settle as settled, type Settled } from "../../channels/outcome.ts";
import type { Deliverable } from "../../channels/plugin.ts";
import type { Registry } from "../../channels/registry.ts";
import type { Logger } from "../../config/log.ts";
import type { Links } from "../../store/crypto/links.ts";
import { isUnavailable } from "../../store/db/knex.ts";
import { loseDevices } from "../../store/people/devices.ts";
import { storedPreferences } from "../../store/people/preferences.ts";
import {
  type AttemptResult,
  type Claim,
  claim,
  giveUp as writeGivenUp,
  hold,
  renew,
  settle,
} from "../../store/transitions/claim.ts";
import { standDownText } from "./stand-down.ts";
import { quietUntil } from "../arrival/quiet.ts";
import { beating, type Task } from "../heartbeat.ts";

export interface DeliverDeps {
  knex: Knex;
  channels: Pick<Registry, "get" | "names">;
  task: Task;
  /** The links that messages carry. */
  links: Pick<Links, "answer" | "unsubscribe">;
  /** Hears of each attempt's channel and outcome. */
  onAttempt: (channel: string, outcome: string) => void;
  log: Pick<Logger, "info">;
}

/** How often an attempt that is at work renews its claim; ms. */
const RENEW_EVERY = 5_000;

/**
 * Makes one attempt at one delivery: claims it (committed before anything is sent), hands it to its channel, records
 * the outcome. A delivery that is settled already is left alone, and quiet hours that began since it was planned hold it.
 */
export function createDeliver({ knex, channels, task, links, onAttempt, log }: DeliverDeps) {
  return async function deliver(notificationId: string, deliveryId: string): Promise<AttemptResult> {
    const idempotent = channels.names().filter((name) => channels.get(name)?.channel.idempotent === true);
    const resolving = channels.names().filter((name) => channels.get(name)?.instance.over !== undefined);
    const claimed = await claim(knex, notificationId, deliveryId, idempotent, resolving);
    if ("status" in claimed) return claimed;
    const until = heldUntil(claimed);
    if (until !== null) return await hold(knex, claimed, "quiet_hours", until);
    return await beating(task, async (signal) => {
      const renewal = setInterval(() => void renew(knex, claimed).catch(() => undefined), RENEW_EVERY);
      try {
        const outcome = await handOver(claimed, { channels, links }, signal);
        if (outcome.gone) await untilWritten(() => loseDevices(knex, claimed, outcome.gone ?? []));
        onAttempt(claimed.channel, outcome.status === "queued" ? "again" : outcome.status);
        if (outcome.status === "queued") {
          const { channel, attempt: made } = claimed;
          log.info(
            { notificationId, deliveryId, channel, attempt: made, code: outcome.reason },
            "a channel can't send now: the delivery is tried again",
          );
        }
        return await untilWritten(() => settle(knex, claimed, outcome));
      } finally {
        clearInterval(renewal);
      }
    });
  };
}

async function handOver(
  claimed: Claim,
  { channels, links }: Pick<DeliverDeps, "channels" | "links">,
  signal: AbortSignal,
): Promise<Settled> {
  const running = channels.get(claimed.channel);
  if (running === undefined) return settled({ kind: "reject", code: "not_configured" });
  const { channel, instance } = running;
  const deliverable = deliverableOf(claimed, channel.phi, links, signal);
  // A channel that ends what it began is told so; to the person of another one it says so.
  const over = claimed.standDown === null ? undefined : instance.over?.bind(instance);
  return await attempt(channel, over === undefined ? instance : { deliver: over }, deliverable);
}

/**
 * The end of quiet hours that hold a delivery now; null where none do. They hold neither critical notifications nor
 * deliveries that were asked for again.
 */
function heldUntil({ channel, urgency, askedAgain, preferences, now }: Claim): Date | null {
  if (channel === LIVE || urgency === "critical" || askedAgain) return null;
  return quietUntil(new Date(now), storedPreferences(preferences));
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

/** The notification as a channel sees it; with `phi: "none"`, only that there is a message. Of one that is over, nothing but that. */
function deliverableOf(
  claimed: Claim,
  phi: "redacted" | "none",
  links: DeliverDeps["links"],
  signal: AbortSignal,
): Deliverable {
  const { notificationId, deliveryId, seq, category, priority, urgency } = claimed;
  const { userId, inboxId, address, standDown } = claimed;
  const shown =
    standDown !== null
      ? standDownText(claimed, standDown)
      : phi === "none"
        ? { title: null, text: "You have a message." }
        : { title: claimed.title, text: claimed.message };
  return {
    message: {
      notificationId,
      deliveryId,
      seq,
      category,
      // Nobody hurries for what is over.
      ...(standDown === null ? { priority, urgency } : { priority: "normal", urgency: "normal" }),
      ...shown,
      createdAt: new Date(claimed.createdAt).toISOString(),
    },
    recipient: { userId, inboxId, address },
    purpose: "notification",
    attempt: claimed.attempt,
    idempotencyKey: deliveryId,
    signal,
    ...(claimed.asks
      ? { asks: { url: links.answer({ notificationId, deliveryId }), code: answerCode(notificationId) } }
      : {}),
    ...unsubscribeOf(claimed, links),
    ...(standDown === null
      ? {}
      : { ends: { how: standDown.how, deliveryId: standDown.deliveryId, providerId: standDown.providerId } }),
  };
}

/** What is critical comes whatever its person wishes, so nothing offers to end it; nor does what says that it is over. */
function unsubscribeOf(
  { urgency, standDown, userId, channel }: Claim,
  links: DeliverDeps["links"],
): Pick<Deliverable, "unsubscribe"> {
  if (urgency === "critical" || standDown !== null) return {};
  const unsubscribe = links.unsubscribe({ userId, channel });
  return unsubscribe === null ? {} : { unsubscribe };
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
