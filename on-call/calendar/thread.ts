import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { CalendarError } from "./error.ts";
import type { Question, Reading } from "./read.ts";
import type { Answer } from "./worker.ts";

/** A calendar of a year takes well below a second, most of which is beginning the thread; ms. */
const LONGEST = 5_000;
/** What the thread may hold; MiB. */
const MEMORY = 128;

/**
 * Reads a calendar in a thread of its own, which ends with it: a rule of a few characters may ask for work without end, and nobody waits for
 * that.
 * @param longest ms
 * @throws CalendarError
 */
export async function readInThread(question: Question, longest = LONGEST): Promise<Reading> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    env: {},
    execArgv: [],
    workerData: question,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
  // What it comes to after it was given up is nobody's.
  worker.on("error", () => undefined);
  try {
    const [answer]: Answer[] = await once(worker, "message", { signal: AbortSignal.timeout(longest) });
    if (answer === undefined || "fault" in answer) throw new CalendarError(answer?.fault ?? "too_long");
    return answer.reading;
  } catch (error) {
    if (isTooMuch(error)) throw new CalendarError("too_long");
    throw error;
  } finally {
    void worker.terminate();
  }
}

const isTooMuch = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === "AbortError" || ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"));
