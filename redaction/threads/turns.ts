import { createFairQueue } from "./fair-queue.ts";

/** Whose work it is that waits. */
export interface Asker {
  /** It goes before work that is not urgent. */
  isUrgent?: boolean;
  /** The outermost party, and those within it: parties take turns, among the urgent and among the others. */
  party?: readonly string[];
  /** It is one of many of its party that come at once: they may go to a thread in one message. */
  shares?: boolean;
}

/** Lends things to work that waits for one: to urgent work first, otherwise to each party in its turn. */
export function createTurns<T>(things: readonly T[]) {
  const free = [...things];
  const urgent = createFairQueue<(thing: T) => void>();
  const others = createFairQueue<(thing: T) => void>();

  const give = (thing: T): void => {
    const next = urgent.take() ?? others.take();
    if (next === undefined) free.push(thing);
    else next(thing);
  };
  return async function inTurn<R>(
    { isUrgent = false, party = [] }: Asker,
    work: (thing: T) => Promise<R>,
  ): Promise<R> {
    const thing =
      free.pop() ?? (await new Promise<T>((resolve) => (isUrgent ? urgent : others).add(party, resolve)));
    try {
      return await work(thing);
    } finally {
      give(thing);
    }
  };
}
