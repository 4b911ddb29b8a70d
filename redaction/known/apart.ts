import type { Kind } from "../kinds.ts";
import type { Automaton } from "./automaton.ts";
import { begins, endOf, ends, startOf, type Skeleton } from "./skeleton.ts";

/** Finds the longest word that ends at each place and stands apart from what is before and after it. */
export function findApart(
  words: Automaton<Kind>,
  bones: Skeleton,
  add: (start: number, end: number, kind: Kind) => void,
): void {
  words.find(bones.chars, bones.breaks, (i, j, [kind]) => {
    if (!ends(bones, j)) return true;
    if (kind === undefined || !begins(bones, i)) return false;
    add(startOf(bones, i), endOf(bones, j), kind);
    return true;
  });
}
