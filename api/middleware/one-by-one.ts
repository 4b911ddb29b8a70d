import { createSlots } from "../../config/slots.ts";
import { Throttled } from "./throttled.ts";

/** How soon to try again; ms. */
const AGAIN = 1_000;

/**
 * Whoever has waited for longer is told to come again: a connection without a byte either way ends after a minute (api/http/server.ts), and what
 * is done then has nobody who hears of it; ms.
 */
const PATIENCE = 30_000;

/** So many searches of a person go on or wait: one that finds little reads much, and the others must not hold more connections meanwhile. */
export const SEARCHES = 3;

/** The work of one that goes on or waits. */
interface Line {
  length: number;
  inSlot: ReturnType<typeof createSlots>;
}

interface LineOptions {
  /** Pieces of work of one that go on side by side. */
  atOnce: number;
  /** Pieces of work of one that go on or wait. */
  most: number;
  /** What whoever has more is told. */
  detail?: string;
}

/** Has the work of each, a person or whatever shares a line, done few pieces at a time, so that nobody's many pieces go before the work of others. */
export function createLines({ atOnce, most, detail }: LineOptions) {
  const lines = new Map<string, Line>();
  /** @throws Throttled where so many pieces of theirs go on or wait already, or this one has waited for too long */
  return async function inLine<T>(whose: string, work: () => Promise<T>): Promise<T> {
    const line = lines.get(whose) ?? { length: 0, inSlot: createSlots(atOnce) };
    if (line.length >= most) throw new Throttled(AGAIN, false, detail);
    lines.set(whose, line);
    line.length++;
    const since = performance.now();
    try {
      return await line.inSlot(async () => {
        if (performance.now() - since > PATIENCE) throw new Throttled(AGAIN, false, detail);
        return await work();
      });
    } finally {
      if (--line.length === 0) lines.delete(whose);
    }
  };
}

/** The same, one piece after the other. */
export const createOneByOne = (most: number) => createLines({ atOnce: 1, most });
