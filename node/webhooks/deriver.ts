import { setTimeout as delay } from "node:timers/promises";
import type { Derived, Horizon } from "../../store/webhooks/derive.ts";

/** How often, and how long apart, a round asks whether the transactions before its horizon are over; ms. */
const ASKS = 10;
const PAUSE = 20;

export interface DeriverDeps {
  lookAhead(): Promise<Horizon | null>;
  derive(horizon: Horizon): Promise<Derived>;
  onEvents(services: string[]): void;
}

/**
 * Reads timelines up to a horizon, once nothing before it is still to come. Numbers of events are drawn before they are committed, so a
 * newer one may be seen before an older one. A horizon is kept until it is reached: a newer one in its place might never be.
 */
export function createDeriver({ lookAhead, derive, onEvents }: DeriverDeps) {
  let horizon: Horizon | null = null;
  return {
    round: async (stopping: AbortSignal): Promise<void> => {
      for (let asks = ASKS; asks > 0 && !stopping.aborted;) {
        horizon ??= await lookAhead();
        if (horizon === null) return;
        const { state, services } = await derive(horizon);
        if (services.length > 0) onEvents(services);
        if (state === "done") horizon = null;
        if (state === "busy") return;
        if (state === "wait") {
          asks -= 1;
          await delay(PAUSE);
        }
      }
    },
  };
}
