/** Measures how long a client takes to confirm what it was sent. */
export interface Stopwatch {
  /** A change with this number is sent. */
  sent(seq: number): void;
  /** The client has everything up to `seq`. */
  confirmed(seq: number): void;
}

/** @param tell hears of the ms from the first frame that waits for its receipt until that receipt */
export function createStopwatch(
  tell: (ms: number) => void,
  now: () => number = () => performance.now(),
): Stopwatch {
  let first: { seq: number; at: number } | null = null;
  return {
    sent: (seq) => {
      first ??= { seq, at: now() };
    },
    confirmed: (seq) => {
      if (first === null || seq < first.seq) return;
      tell(now() - first.at);
      first = null;
    },
  };
}
