import { persistently } from "./backoff.ts";
import type { Stretch } from "./ports.ts";

/** Records a client's receipts, cumulative and coalesced: one write at a time, repeated until it succeeds. */
export interface Reception {
  /** The client has everything up to `seq`; with `visible`, its page is visible and shows it. */
  upTo(seq: number, visible: boolean): void;
  /** The client went back to `seq`: it will receive the changes after it again. */
  rewind(seq: number): void;
}

/** The last number whose receipt is on record, and the last one whose receipt is to be. */
interface Mark {
  recorded: number;
  wanted: number;
}

/**
 * @param start the number up to which there is nothing to record: what a client has loaded before it went live counts too
 * @param record writes that the device has one stretch of the inbox, and that the visible page shows another
 */
export function createReception(
  start: number,
  record: (device: Stretch, seen: Stretch) => Promise<void>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Reception {
  const device: Mark = { recorded: start, wanted: start };
  const seen: Mark = { recorded: start, wanted: start };
  const marks = [device, seen];
  let running = false;

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (marks.some(({ wanted, recorded }) => wanted > recorded) && !signal.aborted) {
      const [got, shown] = [take(device), take(seen)];
      await persistently(() => record(got, shown), onFailure, signal);
    }
    running = false;
  }

  return {
    upTo(seq, visible) {
      for (const mark of visible ? marks : [device]) mark.wanted = Math.max(mark.wanted, seq);
      void run();
    },
    rewind(seq) {
      for (const mark of marks) {
        mark.recorded = Math.min(mark.recorded, seq);
        mark.wanted = Math.min(mark.wanted, seq);
      }
    },
  };
}

/** Most changes whose receipts one call writes: more would hold their locks for long. */
const LONGEST = 500;

/** The next stretch that is not on record yet, counted as recorded from now on. */
function take(mark: Mark): Stretch {
  const after = mark.recorded;
  mark.recorded = Math.min(mark.wanted, after + LONGEST);
  return { after, to: Math.max(after, mark.recorded) };
}
