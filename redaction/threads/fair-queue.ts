/** What waits: a party's own, and that of the parties within it. */
interface Waiting<T> {
  own: T[];
  parties: Map<string, Waiting<T>>;
}

/** A queue in which parties take turns, so that none waits behind another's thousands; parties within a party take turns at its turns. */
export interface FairQueue<T> {
  /** @param party whose it is: the outermost party, and those within it; what is nobody's goes first */
  add(party: readonly string[], item: T): void;
  /** Takes out the item whose turn it is. */
  take(): T | undefined;
}

const nobody = <T>(): Waiting<T> => ({ own: [], parties: new Map() });
const isOver = <T>({ own, parties }: Waiting<T>): boolean => own.length === 0 && parties.size === 0;

export function createFairQueue<T>(): FairQueue<T> {
  const waiting = nobody<T>();
  return {
    add: (party, item) => void placeOf(waiting, party).own.push(item),
    take: () => takeFirst(waiting),
  };
}

function placeOf<T>(waiting: Waiting<T>, [first, ...within]: readonly string[]): Waiting<T> {
  if (first === undefined) return waiting;
  const party = waiting.parties.get(first) ?? nobody<T>();
  waiting.parties.set(first, party);
  return placeOf(party, within);
}

function takeFirst<T>({ own, parties }: Waiting<T>): T | undefined {
  const mine = own.shift();
  const [first] = parties;
  if (mine !== undefined || first === undefined) return mine;
  const [name, party] = first;
  const taken = takeFirst(party);
  // A party that had its turn goes to the end.
  parties.delete(name);
  if (!isOver(party)) parties.set(name, party);
  return taken;
}
