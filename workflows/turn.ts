import { patched, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { LIVE } from "../channels/contract.ts";
import { attempt } from "./attempt.ts";
import { local } from "./local.ts";
import type { Holds } from "./holds.ts";
import type { Room } from "./room.ts";

const { skipRest } = local;

export type Group = Awaited<ReturnType<Activities["escalate"]>>["groups"][number];

/** Bounds of the wait before an attempt is repeated, which the database names. In older histories waits that it does not name double; ms. */
const MIN_WAIT = 250;
const MAX_BACKOFF = 5 * 60_000;
const MAX_WAIT = 24 * 60 * 60 * 1_000;

/** How rounds are made. */
export interface How {
  /** Is called where the recipient can't be reached at all. */
  onStepDue?: () => void;
  /** The activity that makes an attempt. */
  by?: "deliver" | "standDown";
  /** For the attempts by each channel, where rounds are made side by side. */
  room?: Room;
  /** Where the workflow hears that quiet hours have changed. */
  holds?: Holds;
}

/**
 * Begins the channels of a round in order. The next one begins at once where the one before failed, later where that one took the
 * message but nobody has confirmed or seen it, or is still being tried, beside it where that was asked for, and not at all once the database says that no other is needed.
 */
export async function deliverInTurn(
  { notificationId, deliveries, besideMs, besideLiveMs, firstMs = 0 }: Group,
  how: How = {},
): Promise<void> {
  const begun: Promise<void>[] = [];
  if (firstMs > 0) await sleep(firstMs);
  for (const [index, delivery] of deliveries.entries()) {
    const rest = deliveries.slice(index + 1);
    const beside = delivery.channel === LIVE ? (besideLiveMs ?? undefined) : besideMs;
    const { next, settled } = begin(notificationId, delivery, rest.length > 0 ? beside : undefined, how);
    begun.push(settled);
    if (rest[0]?.parallel === true) continue;
    const wait = await next;
    if (wait === "spare") {
      const ids = rest.map(({ deliveryId }) => deliveryId);
      if (ids.length > 0) await skipRest(notificationId, ids);
      break;
    }
    if (wait === null) break;
    if (wait > 0 && rest.length > 0) await sleep(wait);
  }
  await Promise.all(begun);
}

/**
 * ms until the next channel begins; null where no other is needed. "spare" says the same of a history without times, in
 * which it is not on record yet.
 */
type Next = number | null | "spare";

/** Tries one delivery until it is settled. `next` may resolve before, where the next channel is to begin beside it. */
function begin(
  notificationId: string,
  { deliveryId, channel }: Group["deliveries"][number],
  besideMs: number | undefined,
  { onStepDue, by, room, holds }: How,
): { next: Promise<Next>; settled: Promise<void> } {
  const { promise: next, resolve: tell } = Promise.withResolvers<Next>();
  let held = false;
  let said = false;
  const letNextBegin = async (ms: number): Promise<void> => {
    await sleep(ms);
    if (!held) tell(0);
  };
  const run = async (): Promise<void> => {
    if (besideMs !== undefined) letNextBegin(besideMs).catch(() => undefined);
    for (let backoff = MIN_WAIT; ; backoff = Math.min(2 * backoff, MAX_BACKOFF)) {
      const place = room?.enter(channel) ?? null;
      if (place !== null) await place;
      let result: Awaited<ReturnType<typeof attempt>>;
      try {
        result = await attempt(notificationId, deliveryId, channel, by);
      } finally {
        room?.leave(channel);
      }
      if (result.stepDue === true) onStepDue?.();
      if (result.status !== "queued") return tell(nextAfter(result));
      held = result.held === true;
      if (!held && !said && typeof result.nextMs === "number") {
        said = true;
        letNextBegin(result.nextMs).catch(() => undefined);
      }
      const wait = Math.min(MAX_WAIT, Math.max(MIN_WAIT, result.retryAfterMs ?? backoff));
      await (held && holds !== undefined ? holds.wait(deliveryId, wait) : sleep(wait));
      // The time for which the next channel waits may have passed while this one was held.
      if (held && besideMs !== undefined && patched("beside-what-was-held")) {
        held = false;
        letNextBegin(besideMs).catch(() => undefined);
      }
    }
  };
  const settled = run();
  settled.catch(() => tell(null));
  return { next, settled };
}

function nextAfter({ status, nextMs }: Awaited<ReturnType<typeof attempt>>): Next {
  if (nextMs !== undefined) return nextMs;
  return status === "delivered" || status === "accepted" ? "spare" : 0;
}
