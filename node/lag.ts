/** How far something is behind. */
export interface Lag {
  /** Age of the oldest thing that waits; s, 0 where nothing does. */
  seconds: number;
  /** The process of PostgreSQL that is at it, if any. */
  heldBy: number | null;
}

/** Asks how far something is behind. What can't be asked has grown by the time since it last could. */
export function createLag(ask: () => Promise<Lag>): () => Promise<Lag> {
  let known = { seconds: 0, at: performance.now() };
  return async () => {
    const found = await ask().catch(() => null);
    const now = performance.now();
    if (found === null) return { seconds: known.seconds + (now - known.at) / 1_000, heldBy: null };
    known = { seconds: found.seconds, at: now };
    return found;
  };
}
