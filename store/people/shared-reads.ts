/**
 * Has all who ask for the same meanwhile share one reading. It begins after each of them asked, so nobody gets what was changed before: a reading that
 * goes on already is waited for, and the next one is theirs.
 */
export function shareReads<T>(read: (of: string) => Promise<T>): (of: string) => Promise<T> {
  const going = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<T>>();

  function begin(of: string): Promise<T> {
    const reading = read(of);
    const end = (): void => void going.delete(of);
    going.set(of, reading.then(end, end));
    return reading;
  }

  return (of) => {
    const waited = next.get(of);
    if (waited !== undefined) return waited;
    const before = going.get(of);
    if (before === undefined) return begin(of);
    const reading = before.then(() => {
      next.delete(of);
      return begin(of);
    });
    next.set(of, reading);
    return reading;
  };
}
