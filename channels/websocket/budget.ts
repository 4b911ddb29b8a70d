import type { ClientFrame } from "../contract.ts";

/** What a frame costs. `received` is coalesced, so it costs next to nothing; one that can't be read costs the most. */
export const FRAME_COST: Record<ClientFrame["type"] | "unreadable", number> = {
  auth: 1,
  resume: 2,
  received: 0.05,
  acknowledge: 1,
  dismiss: 1,
  unreadable: 5,
};

export type Verdict = { kind: "go" } | { kind: "wait"; ms: number } | { kind: "over" };

/**
 * A token bucket over the frames of one client. Over the burst the reader waits, which pushes back on the client over
 * TCP; frames that were already read may run up a debt of four bursts, after which the client is over its limit.
 * @param now a monotonic clock in ms
 */
export function createBudget(burst: number, perSecond: number, now: () => number): (cost: number) => Verdict {
  let tokens = burst;
  let last = now();
  return (cost) => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - last) / 1000) * perSecond) - cost;
    last = time;
    if (tokens >= 0) return { kind: "go" };
    return tokens < -4 * burst
      ? { kind: "over" }
      : { kind: "wait", ms: Math.ceil((-tokens / perSecond) * 1000) };
  };
}
