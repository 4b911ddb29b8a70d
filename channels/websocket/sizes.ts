/** How many each of some has, where each change is by one. */
export interface Sizes {
  change(name: string, by: 1 | -1): void;
  of(name: string): number;
  /** One of those with most, where that is more than `than`; as quick however many there are. */
  largest(than: number): string | null;
}

export function createSizes(): Sizes {
  const sizes = new Map<string, number>();
  /** Who has so many. */
  const having = new Map<number, Set<string>>();
  let most = 0;
  return {
    change(name, by) {
      const before = sizes.get(name) ?? 0;
      const now = before + by;
      if (now > 0) sizes.set(name, now);
      else sizes.delete(name);
      having.get(before)?.delete(name);
      if (having.get(before)?.size === 0) having.delete(before);
      if (now > 0) having.set(now, (having.get(now) ?? new Set()).add(name));
      // Whoever left the largest size has one less now, so no size is passed over.
      most = now > most || !having.has(most) ? now : most;
    },
    of: (name) => sizes.get(name) ?? 0,
    largest(than) {
      if (most <= than) return null;
      const [first = null] = having.get(most) ?? [];
      return first;
    },
  };
}
