import { Throttled } from "./throttled.ts";

/** How soon to try again; ms. */
const AGAIN = 1_000;

/** Lets each person have one piece of slow work done at a time. */
export function createAlone() {
  const busy = new Set<string>();
  /** @throws Throttled while the person's last one is under way */
  return async function alone<T>(userId: string, work: () => Promise<T>): Promise<T> {
    if (busy.has(userId)) throw new Throttled(AGAIN, false);
    busy.add(userId);
    try {
      return await work();
    } finally {
      busy.delete(userId);
    }
  };
}
