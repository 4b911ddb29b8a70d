/** Lends things to work that waits for one: to urgent work first, otherwise in the order in which it came. */
export function createTurns<T>(things: readonly T[]) {
  const free = [...things];
  const urgent: ((thing: T) => void)[] = [];
  const others: ((thing: T) => void)[] = [];

  const give = (thing: T): void => {
    const next = urgent.shift() ?? others.shift();
    if (next === undefined) free.push(thing);
    else next(thing);
  };
  return async function inTurn<R>(isUrgent: boolean, work: (thing: T) => Promise<R>): Promise<R> {
    const thing =
      free.pop() ?? (await new Promise<T>((resolve) => (isUrgent ? urgent : others).push(resolve)));
    try {
      return await work(thing);
    } finally {
      give(thing);
    }
  };
}
