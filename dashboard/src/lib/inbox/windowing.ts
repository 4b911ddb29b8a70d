/** Rows beyond each edge of the window that are there too, so that quick scrolling shows no holes. */
const BESIDE = 12;
/** The range moves by this many rows at a time. */
const STRIDE = 6;

/** The rows that are on the page: from one index up to, not including, another. */
export interface Range {
  from: number;
  to: number;
}

/**
 * The rows of a long list that somebody can see, and some beside them.
 * @param top where the list begins, from the upper edge of the window; px
 * @param height of the window; px
 * @param row height of one; px
 */
export function visibleRows(count: number, top: number, height: number, row: number): Range {
  const step = (at: number) => Math.floor(at / STRIDE) * STRIDE;
  const from = step(-top / row - BESIDE);
  const to = step((height - top) / row + BESIDE) + STRIDE;
  return { from: Math.min(Math.max(from, 0), count), to: Math.min(Math.max(to, 0), count) };
}
