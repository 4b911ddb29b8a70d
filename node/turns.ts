/** Work that waits: a party's own, and that of the parties within it. */
interface Waiting {
  works: (() => void)[];
  parties: Map<string, Waiting>;
}

const nobody = (): Waiting => ({ works: [], parties: new Map() });
const isOver = ({ works, parties }: Waiting): boolean => works.length === 0 && parties.size === 0;

/**
 * Runs few pieces of work at a time. Where more wait, the parties that they belong to take turns, so that no party
 * waits behind another's thousands; parties within a party take turns at its turns.
 */
export function createTurns(atOnce: number) {
  const waiting = nobody();
  let running = 0;

  const next = (): void => {
    if (running >= atOnce) return;
    const start = takeFirst(waiting);
    if (start === undefined) return;
    running++;
    start();
  };

  /** @param party whose work it is: the outermost party, and those within it */
  return async function inTurn<T>(party: readonly string[], work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      placeOf(waiting, party).works.push(resolve);
      next();
    });
    try {
      return await work();
    } finally {
      running--;
      next();
    }
  };
}

function placeOf(waiting: Waiting, [first, ...within]: readonly string[]): Waiting {
  if (first === undefined) return waiting;
  const party = waiting.parties.get(first) ?? nobody();
  waiting.parties.set(first, party);
  return placeOf(party, within);
}

/** Takes out the work whose turn it is. */
function takeFirst({ works, parties }: Waiting): (() => void) | undefined {
  const own = works.shift();
  const [first] = parties;
  if (own !== undefined || first === undefined) return own;
  const [name, party] = first;
  const taken = takeFirst(party);
  // A party that had its turn goes to the end.
  parties.delete(name);
  if (!isOver(party)) parties.set(name, party);
  return taken;
}
