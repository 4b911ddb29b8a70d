import type { Bridge } from "../../channels/websocket/bridge.ts";
import { within } from "../../config/within.ts";
import type { DeliveryView } from "../deliveries/timeline.ts";

type Progress = Pick<DeliveryView, "status" | "attempts">;

const MAX_WAIT = 30;
/** How often a wait looks whether its client has gone; while the bus is away it looks at the deliveries as often, ms. */
const EVERY = 1_000;

/** The seconds that `Prefer: wait=N` asks for (RFC 7240), 30 at most; 0 where it asks for none. */
export const secondsOf = (prefer = ""): number =>
  Math.min(MAX_WAIT, Number(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer)?.[1] ?? 0));

/** What a wait needs: the notification, how to read its deliveries, and whether anybody waits for the answer. */
interface Wait<D extends Progress> {
  id: string;
  seconds: number;
  bus: Pick<Bridge, "onProgress" | "state">;
  read: () => Promise<D[]>;
  isGone: () => boolean;
}

/**
 * The deliveries, once each has ended or left its first attempt behind. Null when they did not within so many seconds, or
 * nobody waits any more. They are read at the start, at each hint over the bus, and at the end.
 */
export async function waitForAttempts<D extends Progress>({
  id,
  seconds,
  bus,
  read,
  isGone,
}: Wait<D>): Promise<D[] | null> {
  const end = performance.now() + seconds * 1_000;
  let hinted = Promise.withResolvers<void>();
  const stop = bus.onProgress(id, () => hinted.resolve());
  try {
    for (;;) {
      hinted = Promise.withResolvers();
      const isLast = performance.now() >= end;
      const deliveries = await read();
      if (deliveries.length > 0 && deliveries.every(isTried)) return deliveries;
      if (isLast) return null;
      for (let isDue = false; !isDue;) {
        const left = Math.max(0, end - performance.now());
        const isHinted = await within(
          hinted.promise.then(() => true),
          Math.min(EVERY, left),
          () => false,
        );
        if (isGone()) return null;
        isDue = isHinted || left <= EVERY || bus.state() === "down";
      }
    }
  } finally {
    stop();
  }
}

const isTried = ({ status, attempts }: Progress): boolean =>
  status === "queued" ? attempts > 0 : status !== "claimed";
