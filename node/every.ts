export interface Loop {
  /** Begins a round now, unless one is running. */
  poke(): void;
  /** Begins no further round, and waits for the one that is running. */
  stop(): Promise<void>;
}

/**
 * Does a round about every `ms`: each begins that long after the last one ended, a quarter more or less, so that nodes that
 * were started together do not keep step. A round that fails does not end the loop.
 * @param round is told by the signal that the loop was stopped meanwhile
 * @param failed hears of each round that failed
 * @param first the longest time until the first round; ms
 */
export function every(
  ms: number,
  round: (stopping: AbortSignal) => Promise<unknown>,
  failed: (err: unknown) => void,
  first: number = ms,
): Loop {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  const begin = (): void => {
    if (running !== null || stopping.signal.aborted) return;
    clearTimeout(timer);
    running = round(stopping.signal)
      .catch(failed)
      .then(() => {
        running = null;
        if (!stopping.signal.aborted) timer = setTimeout(begin, ms * (0.75 + Math.random() / 2));
      });
  };
  let timer = setTimeout(begin, first * Math.random());
  return {
    poke: begin,
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

/** How often a round finds anew at most, so that what is found for ever doesn't keep it. */
const MOST_FINDS = 100;

/** Finds and works on what it found, again at once while it finds `size` items: thousands must not wait a round for each hundred. */
export async function whileFull<Item>(
  size: number,
  stopping: AbortSignal,
  find: () => Promise<Item[]>,
  work: (found: Item[]) => Promise<unknown>,
): Promise<void> {
  for (let finds = 0; finds < MOST_FINDS && !stopping.aborted; finds += 1) {
    const found = await find();
    await work(found);
    if (found.length < size) return;
  }
}
