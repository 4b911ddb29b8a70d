/** Places for what is under way at a time, so many of each kind. */
export interface Room {
  /** Takes a place, which `leave` gives back; where none is free, answers a promise of one. No promise is made for nothing, since Temporal notes a stack for each. */
  enter(kind: string): Promise<void> | null;
  leave(kind: string): void;
}

/** Kinds don't wait for each other, and of one kind whoever waits longest comes first. */
export function createRoom(most: number): Room {
  const taken = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  return {
    enter: (kind) => {
      const here = taken.get(kind) ?? 0;
      if (here < most) {
        taken.set(kind, here + 1);
        return null;
      }
      const line = waiting.get(kind) ?? [];
      waiting.set(kind, line);
      return new Promise((go) => line.push(go));
    },
    leave: (kind) => {
      const next = waiting.get(kind)?.shift();
      if (next === undefined) taken.set(kind, (taken.get(kind) ?? 0) - 1);
      else next();
    },
  };
}
