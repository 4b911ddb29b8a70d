/** How long one reading serves the gauges of a scrape; ms. */
const FRESH = 1_000;

/** Reads what several gauges show once for all of them; null while it can't be read, so that they keep their values. */
export function createReading<T>(read: () => Promise<T>): () => Promise<T | null> {
  let last: { at: number; value: Promise<T | null> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at > FRESH)
      last = { at: performance.now(), value: read().catch(() => null) };
    return last.value;
  };
}
