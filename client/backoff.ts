/** Delay bounds in ms: the first try falls within `base`, later ones within at most `cap`. */
export interface Backoff {
  base: number;
  cap: number;
}

export const RECONNECT: Backoff = { base: 1_000, cap: 30_000 };

/**
 * Milliseconds to wait before try number `attempt` (from 0), by full jitter: uniform in
 * [0, min(cap, base · 2^attempt)), so that clients a node has dropped together don't return together.
 *
 * @param random a number in [0, 1)
 */
export function delay(attempt: number, random: number, { base, cap }: Backoff = RECONNECT): number {
  return random * Math.min(cap, base * 2 ** attempt);
}
