import type { Bridge } from "../../channels/websocket/bridge.ts";
import { within } from "../../config/within.ts";

/** How often whoever waits looks for events although none was hinted at; ms. */
const EVERY = 5_000;

/** What a wait needs of a service's feed. */
export interface Wait {
  serviceId: string;
  bus: Pick<Bridge, "onProgress">;
  signal: AbortSignal;
}

/**
 * Waits for a hint that a service has new events, for at most so many ms. Hints may be lost, so nobody waits for long.
 * @param listen called once hints are heard; what it answers is not waited for when it is true
 */
export async function waitForEvents<T>(
  { serviceId, bus, signal }: Wait,
  ms: number,
  read: () => Promise<T>,
  isEnough: (found: T) => boolean,
): Promise<T> {
  const end = performance.now() + ms;
  const gone = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => gone.resolve(), { once: true });
  let hinted = Promise.withResolvers<void>();
  const stop = bus.onProgress(serviceId, () => hinted.resolve());
  try {
    for (;;) {
      hinted = Promise.withResolvers();
      const found = await read();
      const left = end - performance.now();
      if (isEnough(found) || left <= 0 || signal.aborted) return found;
      await within(Promise.race([hinted.promise, gone.promise]), Math.min(EVERY, left), () => undefined);
    }
  } finally {
    stop();
  }
}
