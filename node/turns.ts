import { createFairQueue } from "../redaction/threads/fair-queue.ts";

/** Lets others have the place of a piece of work while that waits for something else; then it takes a place again. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;

/**
 * Runs few pieces of work at a time. Where more wait, the parties that they belong to take turns, so that no party
 * waits behind another's thousands; parties within a party take turns at its turns.
 */
export function createTurns(atOnce: number) {
  const waiting = createFairQueue<() => void>();
  let running = 0;

  const next = (): void => {
    if (running >= atOnce) return;
    const start = waiting.take();
    if (start === undefined) return;
    running++;
    start();
  };

  const take = async (party: readonly string[]): Promise<void> =>
    await new Promise((resolve) => {
      waiting.add(party, resolve);
      next();
    });
  const free = (): void => {
    running--;
    next();
  };

  /** @param party whose work it is: the outermost party, and those within it */
  return async function inTurn<T>(party: readonly string[], work: (aside: Aside) => Promise<T>): Promise<T> {
    const aside: Aside = async (wait) => {
      free();
      return await wait().finally(() => take(party));
    };
    await take(party);
    try {
      return await work(aside);
    } finally {
      free();
    }
  };
}
