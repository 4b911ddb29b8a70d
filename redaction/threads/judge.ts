import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Options } from "../options.ts";
import type { PatternFault } from "../patterns.ts";
import { RedactionUnfinished } from "./unfinished.ts";

/** What a territory would add to what is redacted anyway. */
export type Additions = Required<Pick<Options, "patterns" | "hidden">>;

export interface Judgement {
  /** Of each pattern, why it is refused. */
  faults: (PatternFault | null)[];
  /** Why they would do harm together (`overreach`); null where they would not, or a pattern is refused by itself. */
  harm: string | null;
}

/** Fifty patterns of the costliest kind that are let in take about a second; ms. */
const LONGEST = 10_000;
const MEBIBYTES = 128;

/**
 * Judges a territory's patterns and hidden values in a thread of its own, which ends with it: compiling a pattern may take 20 ms, and they are
 * tried on alerts.
 * @param longest ms
 * @throws RedactionUnfinished where it takes more time or memory than it may
 */
export async function judgeInThread(additions: Additions, longest = LONGEST): Promise<Judgement> {
  const worker = new Worker(new URL("judge-worker.ts", import.meta.url), {
    env: {},
    execArgv: [],
    workerData: additions,
    resourceLimits: { maxOldGenerationSizeMb: MEBIBYTES },
  });
  // What it comes to after it was given up is nobody's.
  worker.on("error", () => undefined);
  try {
    const [judgement]: Judgement[] = await once(worker, "message", { signal: AbortSignal.timeout(longest) });
    if (judgement === undefined) throw new RedactionUnfinished("time");
    return judgement;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw new RedactionUnfinished("time");
    if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY")
      throw new RedactionUnfinished("memory");
    throw error;
  } finally {
    void worker.terminate();
  }
}
