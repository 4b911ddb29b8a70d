/**
 * Runs few pieces of work at a time. Where more wait, the parties that they belong to take turns, so that no party
 * waits behind another's thousands.
 */
export function createTurns(atOnce: number) {
  const waiting = new Map<string, (() => void)[]>();
  let running = 0;

  const next = (): void => {
    const [first] = waiting;
    if (first === undefined || running >= atOnce) return;
    const [party, queue] = first;
    const start = queue.shift();
    // A party that had its turn goes to the end.
    waiting.delete(party);
    if (queue.length > 0) waiting.set(party, queue);
    running++;
    start?.();
  };

  return async function inTurn<T>(party: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      const queue = waiting.get(party) ?? [];
      queue.push(resolve);
      waiting.set(party, queue);
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
