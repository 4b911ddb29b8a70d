import { createFairQueue } from "../redaction/threads/fair-queue.ts";

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

  /** @param party whose work it is: the outermost party, and those within it */
  return async function inTurn<T>(party: readonly string[], work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      waiting.add(party, resolve);
      next();
    });
    try {
      return await work();
    } finally {
      running--;
      next();
    }
  };
}
