import { availableParallelism } from "node:os";
import type { Options, Redaction } from "../options.ts";
import type { Recognizer } from "../recognizer.ts";
import { createShared, runAlone } from "./shared.ts";
import type { Outcome, Task } from "./task.ts";
import { createThread, type Limits } from "./thread.ts";
import { type Asker, createTurns } from "./turns.ts";
import { RedactionUnfinished } from "./unfinished.ts";

/**
 * The bounds of a task. The longest message that is let in takes 0.3 s of CPU, made of the signs that take longest; an idle
 * thread holds 24 MiB.
 */
const LIMITS: Limits = { ms: 2_000, mebibytes: 128 };

/** Half of the machine's processors, at least one, and four at most: one thread redacts thousands of messages a second. */
const defaultThreads = (): number => Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));

/** Redacts in threads of its own, so that no text holds up the rest of the process. */
export interface Redactor {
  /**
   * Redacts texts that go together. Of those that wait, urgent ones go first, and parties take turns; what of a party shares goes in one message.
   * @throws RecognizerUnavailable, RedactionUnfinished: hold the message and try again, never pass it on
   */
  redact(texts: readonly string[], options?: Options, asker?: Asker): Promise<Redaction[]>;
  stop(): Promise<void>;
}

export interface RedactorSettings {
  /** Asked beside the rules; everything that any of them finds is redacted. */
  recognizers?: readonly Recognizer[];
  threads?: number;
  limits?: Partial<Limits>;
  /** Told of each task that took more than its bounds. */
  onUnfinished?: (code: RedactionUnfinished["code"]) => void;
}

/** A redactor, whose threads begin with their first texts. */
export function createRedactor({
  recognizers = [],
  threads = defaultThreads(),
  limits,
  onUnfinished = () => undefined,
}: RedactorSettings = {}): Redactor {
  const all = Array.from({ length: threads }, () => createThread({ ...LIMITS, ...limits }));
  const inTurn = createTurns(all);
  const run = (asker: Asker, tasks: Task[]): Promise<Outcome[]> =>
    inTurn(asker, (thread) => thread.run(tasks));
  const share = createShared(run);
  return {
    redact: async (given, options = {}, asker = {}) => {
      const texts = await Promise.all(
        given.map(async (text) => {
          const found = await Promise.all(recognizers.map((recognizer) => recognizer.analyze(text)));
          return { text, others: found.flat() };
        }),
      );
      try {
        const task = { texts, options };
        return await (asker.shares === true ? share(asker, task) : runAlone(run, asker, task));
      } catch (error) {
        if (error instanceof RedactionUnfinished) onUnfinished(error.code);
        throw error;
      }
    },
    stop: async () => void (await Promise.all(all.map((thread) => thread.stop()))),
  };
}
