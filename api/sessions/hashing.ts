import { availableParallelism } from "node:os";
import { siteOf } from "../../config/network.ts";
import { type Problem, unavailable } from "../http/errors.ts";

/** Turns for work that hashes passwords: it is slow on purpose, and runs on the few threads that the whole program shares. */
export interface Hashing {
  /**
   * Runs `work` when its turn has come.
   * @throws Problem 503 when too many wait, of whom nobody has more than this asker
   */
  turn<T>(work: () => Promise<T>, asker: Asker): Promise<T>;
}

/** Who asks for a turn. */
export interface Asker {
  /** Whose places are counted together: a network, or a person who is known. */
  from: string;
  /** Whether to go before the rest, three times of four. */
  first?: boolean;
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

/** So many of those who go first have their turn, one after the other, while others wait; then one of the others has it. */
const FIRST_IN_A_ROW = 3;

interface Waiting {
  from: string;
  /** The range of addresses that it is from: whoever has a network of IPv6 has thousands. */
  site: string;
  go: () => void;
  refuse: (problem: Problem) => void;
}

/**
 * Makes the two queues. In a full one, the last place of whoever has most goes to a newcomer who has fewer, so that nobody fills it for
 * everybody else: of the site with most, then of the network with most; who finds none is told to try again.
 */
export function createHashing({ atOnce, waiting }: HashingBounds = DEFAULTS): Hashing {
  const queues: Record<"first" | "other", Waiting[]> = { first: [], other: [] };
  let running = 0;
  let firstInARow = 0;

  const enter = async (queue: Waiting[], from: string): Promise<void> => {
    if (running < atOnce) {
      running++;
      return;
    }
    if (queue.length >= waiting) makeRoom(queue, from);
    await new Promise<void>((go, refuse) => queue.push({ from, site: siteOf(from) ?? from, go, refuse }));
  };
  // Whoever fills the queue of those who go first, by signing in over and over, holds up the others and does not shut them out.
  const takeNext = (): Waiting | undefined => {
    const isOthers = firstInARow >= FIRST_IN_A_ROW || queues.first.length === 0;
    const next = isOthers ? (queues.other.shift() ?? queues.first.shift()) : queues.first.shift();
    firstInARow = isOthers ? 0 : firstInARow + 1;
    return next;
  };
  // The place goes straight to the next in a queue, so that no newcomer gets it in between.
  const leave = (): void => {
    const next = takeNext();
    if (next === undefined) running--;
    else next.go();
  };

  return {
    turn: async (work, { from, first = false }) => {
      await enter(first ? queues.first : queues.other, from);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

const tooMany = (): Problem => unavailable("Too many are signing in at this moment; try again.");

/** Takes a place from whoever has most. @throws Problem 503 where nobody has more than the newcomer would */
function makeRoom(queue: Waiting[], newcomer: string): void {
  const own = siteOf(newcomer) ?? newcomer;
  const site =
    mostOf(
      queue.map((one) => one.site),
      own,
    ) ?? own;
  const there = queue.filter((one) => one.site === site);
  const from = mostOf(
    there.map((one) => one.from),
    site === own ? newcomer : null,
  );
  const last = queue.findLastIndex((one) => one.from === from);
  if (last < 0) throw tooMany();
  queue.splice(last, 1)[0]?.refuse(tooMany());
}

/** Who has most of the places; null where that is no more than the newcomer would have. */
function mostOf(places: string[], newcomer: string | null): string | null {
  const held = new Map(newcomer === null ? [] : [[newcomer, 1]]);
  for (const place of places) held.set(place, (held.get(place) ?? 0) + 1);
  const most = Math.max(0, ...held.values());
  if (newcomer !== null && held.get(newcomer) === most) return null;
  return places.findLast((place) => held.get(place) === most) ?? null;
}
