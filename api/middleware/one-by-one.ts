import { Throttled } from "./throttled.ts";

/** How soon to try again; ms. */
const AGAIN = 1_000;

/** So many searches of a person go on or wait: one that finds little reads much, and the others must not hold more connections meanwhile. */
export const SEARCHES = 3;

/** The work of one that goes on or waits. */
interface Line {
  length: number;
  end: Promise<unknown>;
}

/** Has the work of each, a person or whatever shares a turn, done one piece after the other, so that nobody's many pieces go before the work of others. */
export function createOneByOne(most: number) {
  const lines = new Map<string, Line>();
  /** @throws Throttled where so many pieces of theirs go on or wait already */
  return async function oneByOne<T>(whose: string, work: () => Promise<T>): Promise<T> {
    const line = lines.get(whose) ?? { length: 0, end: Promise.resolve() };
    if (line.length >= most) throw new Throttled(AGAIN, false);
    lines.set(whose, line);
    line.length++;
    const done = line.end.then(work);
    line.end = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      if (--line.length === 0) lines.delete(whose);
    }
  };
}
