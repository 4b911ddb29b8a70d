import { setTimeout as delay } from "node:timers/promises";
import type { DeliveryView } from "../deliveries/timeline.ts";

const MAX_WAIT = 30;
const EVERY = 100;

/** The seconds that `Prefer: wait=N` asks for (RFC 7240), 30 at most; 0 where it asks for none. */
export const secondsOf = (prefer = ""): number =>
  Math.min(MAX_WAIT, Number(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer)?.[1] ?? 0));

/**
 * The deliveries, once each has ended or left its first attempt behind. Null when they did not within so many seconds, or
 * nobody waits any more.
 */
export async function waitForAttempts(
  seconds: number,
  read: () => Promise<DeliveryView[]>,
  isGone: () => boolean,
): Promise<DeliveryView[] | null> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const deliveries = await read();
    if (deliveries.length > 0 && deliveries.every(isTried)) return deliveries;
    if (Date.now() + EVERY > end || isGone()) return null;
    await delay(EVERY);
  }
}

const isTried = ({ status, attempts }: DeliveryView): boolean =>
  status === "queued" ? attempts > 0 : status !== "claimed";
