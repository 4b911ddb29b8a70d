import type { Turn } from "../layer.ts";

/**
 * Whiles that may overlap, as one row of turns: while several go on, the one that began last counts, and of those that began at once the last in
 * the list.
 */
export function inOneRow(whiles: readonly Turn[]): Turn[] {
  const turns: Turn[] = [];
  /** Those that have begun; the one that counts is the last. */
  const open: Turn[] = [];
  let at = -Infinity;
  const goOnUntil = (moment: number): void => {
    for (let top = open.at(-1); top !== undefined && at < moment; top = open.at(-1)) {
      const to = Math.min(top.to, moment);
      if (to > at) turns.push({ from: at, to, person: top.person });
      at = Math.max(at, to);
      if (top.to <= at) open.pop();
    }
  };
  for (const one of whiles.toSorted((first, second) => first.from - second.from)) {
    goOnUntil(one.from);
    at = one.from;
    open.push(one);
  }
  goOnUntil(Infinity);
  return turns;
}
