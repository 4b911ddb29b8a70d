import type { Redaction } from "../options.ts";
import type { Outcome, Task } from "./task.ts";
import type { Asker } from "./turns.ts";
import { RedactionUnfinished } from "./unfinished.ts";

/** The most that goes to a thread in one message: it is a few ms of work, after which others have their turn. */
const MOST = { tasks: 20, characters: 32_768 };

/** Hands the tasks of one message to a thread. */
type Run = (asker: Asker, tasks: Task[]) => Promise<Outcome[]>;

/** Has a task done in a message of its own. @throws what it met there */
export async function runAlone(run: Run, asker: Asker, task: Task): Promise<Redaction[]> {
  const [done] = await run(asker, [task]);
  if (done === undefined) throw new Error("a thread answered nothing");
  if ("error" in done) throw done.error;
  return done.redactions;
}

interface Waiting {
  task: Task;
  outcome: PromiseWithResolvers<Redaction[]>;
}

/**
 * Has tasks of one party that come at once share a message, since the message costs more than a short text does. Where they take more together than one
 * may, each is tried by itself, within bounds of its own.
 */
export function createShared(run: Run) {
  const open = new Map<string, { waiting: Waiting[]; characters: number }>();

  async function together(asker: Asker, waiting: Waiting[]): Promise<void> {
    try {
      const outcomes = await run(
        asker,
        waiting.map(({ task }) => task),
      );
      for (const [index, done] of outcomes.entries()) {
        const one = waiting[index];
        if (one !== undefined) settle(one.outcome, done);
      }
    } catch (error) {
      if (error instanceof RedactionUnfinished && waiting.length > 1)
        for (const { task, outcome } of waiting) outcome.resolve(runAlone(run, asker, task));
      else for (const { outcome } of waiting) outcome.reject(error);
    }
  }

  return async function share(asker: Asker, task: Task): Promise<Redaction[]> {
    const key = JSON.stringify([asker.isUrgent, asker.party]);
    const characters = task.texts.reduce((sum, { text }) => sum + text.length, 0);
    let group = open.get(key);
    if (
      group === undefined ||
      group.waiting.length === MOST.tasks ||
      group.characters + characters > MOST.characters
    ) {
      const { waiting } = (group = { waiting: [], characters: 0 });
      open.set(key, group);
      setImmediate(() => {
        if (open.get(key)?.waiting === waiting) open.delete(key);
        void together(asker, waiting);
      });
    }
    const outcome = Promise.withResolvers<Redaction[]>();
    group.characters += characters;
    group.waiting.push({ task, outcome });
    return await outcome.promise;
  };
}

function settle({ resolve, reject }: PromiseWithResolvers<Redaction[]>, done: Outcome): void {
  if ("error" in done) reject(done.error);
  else resolve(done.redactions);
}
