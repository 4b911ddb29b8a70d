/** Keeps calls from a server that does not answer them. */
export interface Breaker {
  /** Whether calls are left out for now. */
  open(): boolean;
  /** Takes note of how a call ended. */
  note(well: boolean): void;
}

/** It opens when of the last calls so many, and more than half, failed within so many ms; it stays open for so many. */
export interface BreakerBounds {
  failures: number;
  within: number;
  stays: number;
}

/** One call that comes late says little; many that do say that the server is away. */
export function createBreaker(
  { failures, within, stays }: BreakerBounds,
  now: () => number = Date.now,
): Breaker {
  let ended: { at: number; well: boolean }[] = [];
  let openUntil = 0;
  return {
    open: () => now() < openUntil,
    note(well) {
      const at = now();
      ended = [...ended.filter((one) => at - one.at < within), { at, well }].slice(-MOST);
      const failed = ended.filter((one) => !one.well).length;
      if (failed < failures || failed * 2 <= ended.length) return;
      openUntil = at + stays;
      ended = [];
    },
  };
}

/** Calls that are looked back upon. */
const MOST = 50;
