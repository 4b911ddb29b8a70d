import type { ClientFrame } from "../contract.ts";

/**
 * The cost of a frame, in tokens. `received` is coalesced and costs next to nothing; `resume` has PostgreSQL read again what was read before, and
 * what is received after it written again.
 */
export const FRAME_COST: Record<ClientFrame["type"] | "unreadable", number> = {
  auth: 1,
  resume: 6,
  received: 0.05,
  acknowledge: 1,
  dismiss: 1,
  unreadable: 5,
};

export type Verdict = { kind: "go" } | { kind: "wait"; ms: number } | { kind: "over" };

/**
 * A token bucket over the frames of one client. Once the burst is used up nothing more is read for a while, so TCP
 * holds the client back. Frames that were already read may run up a debt of four bursts; beyond it the client is over its limit.
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
