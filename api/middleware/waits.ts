/** Calls of each, a service or a key, that only wait for something to happen: they take no connection, but are not without end. */
export interface Waits {
  /** Takes one of its places; null where it has none left. */
  begin(whose: string): (() => void) | null;
  /** Takes one of its places until something is over; false where it has none left. */
  beginUntil(over: AbortSignal, whose: string): boolean;
}

/** @param most of each at a node */
export function createWaits(most: number): Waits {
  const taken = new Map<string, number>();
  const begin: Waits["begin"] = (whose) => {
    const before = taken.get(whose) ?? 0;
    if (before >= most) return null;
    taken.set(whose, before + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (taken.get(whose) ?? 1) - 1;
      if (left === 0) taken.delete(whose);
      else taken.set(whose, left);
    };
  };
  return {
    begin,
    beginUntil: (over, whose) => {
      const end = begin(whose);
      // What is over by now says so no more.
      if (over.aborted) end?.();
      else if (end !== null) over.addEventListener("abort", end, { once: true });
      return end !== null;
    },
  };
}
