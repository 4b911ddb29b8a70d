/** Calls of each, a service or a key, that only wait for something to happen: they take no connection, but are not without end. */
export interface Waits {
  /** Takes one of its places; null where it has none left. */
  begin(whose: string): (() => void) | null;
}

/** @param most of each at a node */
export function createWaits(most: number): Waits {
  const taken = new Map<string, number>();
  return {
    begin: (whose) => {
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
    },
  };
}
