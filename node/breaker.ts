/** Keeps calls from a server that does not answer them. */
export interface Breaker {
  /** Whether calls are not to be made for now. */
  open(): boolean;
  /** Takes note of how a call ended. */
  note(well: boolean): void;
}

/** It opens once `failures` of the last calls, and more than half of them, failed within `within` ms, and stays open for `stays` ms. */
export interface BreakerBounds {
  failures: number;
  within: number;
  stays: number;
}

/** A single late answer says little; many late answers say that the server is away. */
export function createBreaker(
  { failures, within, stays }: BreakerBounds,
  now: () => number = () => performance.now(),
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

/** How many of the last calls count. */
const MOST = 50;
