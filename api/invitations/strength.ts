import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { unavailable } from "../http/errors.ts";
import type { Question } from "./strength-worker.ts";

/** A judgement takes well below a second, most of which is reading the word lists; ms. */
const LONGEST = 10_000;

/**
 * Whether somebody who knows what passwords were leaked, and who the person is, would guess a password soon. The judgement
 * runs in a thread of its own, which ends with it: it is slow, and its word lists take 30 MB.
 * @param about words that are about the person
 * @throws Problem 503 when it takes too long
 */
export async function isWeak(password: string, about: string[]): Promise<boolean> {
  const question: Question = { password, about };
  // It sees nothing of the environment but where Node keeps what it has compiled, which spares a third of the work.
  const compiled = process.env["NODE_COMPILE_CACHE"];
  const worker = new Worker(new URL("strength-worker.ts", import.meta.url), {
    env: compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled },
    execArgv: [],
    workerData: question,
  });
  try {
    const [weak] = await once(worker, "message", { signal: AbortSignal.timeout(LONGEST) });
    return weak === true;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError")
      throw unavailable("The password could not be judged in time; try again.");
    throw error;
  } finally {
    void worker.terminate();
  }
}
