import { persistently } from "./backoff.ts";

/** Records a client's receipts, cumulative and coalesced: one write at a time, repeated until it succeeds. */
export interface Reception {
  /** The client has everything up to `seq`. */
  upTo(seq: number): void;
  /** The client went back to `seq`: what comes after it will be received again. */
  rewind(seq: number): void;
}

/**
 * @param start the position before which there is nothing to record
 * @param record writes the receipt of (from, to]
 */
export function createReception(
  start: number,
  record: (from: number, to: number) => Promise<void>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Reception {
  let recorded = start;
  let wanted = start;
  let running = false;

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (wanted > recorded && !signal.aborted) {
      const [from, to] = [recorded, wanted];
      recorded = to;
      await persistently(() => record(from, to), onFailure, signal);
    }
    running = false;
  }

  return {
    upTo(seq) {
      wanted = Math.max(wanted, seq);
      void run();
    },
    rewind(seq) {
      recorded = Math.min(recorded, seq);
      wanted = Math.min(wanted, seq);
    },
  };
}
