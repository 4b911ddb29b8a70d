import { availableParallelism } from "node:os";
import { unavailable } from "../http/errors.ts";

/** Turns for work that hashes passwords: it is slow on purpose, and runs on the few threads that the whole program shares. */
export interface Hashing {
  /** Runs `work` when its turn has come; work with `first` goes before the rest. @throws Problem 503 when too many wait */
  turn<T>(work: () => Promise<T>, options?: { first?: boolean }): Promise<T>;
}

/** How much work runs at once, and how much may wait in each of the two queues. */
export interface HashingBounds {
  atOnce: number;
  waiting: number;
}

/** Leaves one processor, and two of the four threads of libuv, to everything else. */
const DEFAULTS: HashingBounds = {
  atOnce: Math.max(1, Math.min(2, availableParallelism() - 1)),
  waiting: 32,
};

/** Makes the two queues; a caller who finds no place in one is told to try again. */
export function createHashing({ atOnce, waiting }: HashingBounds = DEFAULTS): Hashing {
  const queues: Record<"first" | "other", (() => void)[]> = { first: [], other: [] };
  let running = 0;

  const enter = async (queue: (() => void)[]): Promise<void> => {
    if (running < atOnce) {
      running++;
      return;
    }
    if (queue.length >= waiting) throw unavailable("Too many are signing in at this moment; try again.");
    await new Promise<void>((resolve) => queue.push(resolve));
  };
  // The place goes straight to the next in a queue, so that no newcomer gets it in between.
  const leave = (): void => {
    const next = queues.first.shift() ?? queues.other.shift();
    if (next === undefined) running--;
    else next();
  };

  return {
    turn: async (work, { first = false } = {}) => {
      await enter(first ? queues.first : queues.other);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
