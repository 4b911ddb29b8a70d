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
