/** A list that was asked for anew, so that nothing of it moves before somebody wants that. */
export interface Renewal<T> {
  /** What is shown, each item as it is now, in its place. */
  items: T[];
  /** What came between or above them. */
  arrivals: T[];
  /** Keys of items that are not found any more; they keep their places. */
  gone: Set<string>;
}

/**
 * Brings what is shown up to date.
 *
 * @param shown the items in their places
 * @param read the beginning of the same list as it is now
 * @param whole whether `read` is all of the list
 */
export function renew<T>(
  shown: readonly T[],
  read: readonly T[],
  key: (item: T) => string,
  whole: boolean,
): Renewal<T> {
  const now = new Map(read.map((item) => [key(item), item]));
  const known = new Set(shown.map(key));
  const isKnown = (item: T): boolean => known.has(key(item));
  const lastKnown = read.findLastIndex(isKnown);
  // What follows the last one moves nothing; where there is more to read, it is the next page's.
  const after = whole && lastKnown >= 0 ? read.slice(lastKnown + 1) : [];
  const before = lastKnown < 0 ? read : read.slice(0, lastKnown);
  // How far down the reading went, among what is shown.
  const reached = whole ? shown.length : shown.findLastIndex((item) => now.has(key(item)));
  return {
    items: [...shown.map((item) => now.get(key(item)) ?? item), ...after],
    arrivals: before.filter((item) => !isKnown(item)),
    gone: new Set(
      shown
        .slice(0, Math.max(reached, 0))
        .map(key)
        .filter((one) => !now.has(one)),
    ),
  };
}
