import { RateLimiterRes } from "rate-limiter-flexible";
import type { Counters } from "../../config/counters.ts";
import { Throttled } from "./throttled.ts";

/** Makes tries wait longer and longer, in place of a lock: anybody could use a lock to shut somebody else out. */
export interface Delays {
  /** Counts a try before it is made. Many tries at once get through no faster than one after another. @throws Throttled */
  take(key: string): Promise<void>;
  /** Forgets what was counted: somebody got in. */
  forget(key: string): Promise<void>;
}

/** The first wait doubles up to the longest; s. Fewer than 100 tries a day get through (NIST SP 800-63B-4, 3.2.2). */
const FIRST = 30;
const LONGEST = 20 * 60;
const DAY = 86_400;

/** How long the next try has to wait after one that came `over` tries after the last free one; s. */
export const delayAfter = (over: number): number => Math.min(LONGEST, FIRST * 2 ** Math.min(over, 20));

/** Lets `free` tries of a key through in a day, and every further one only after its wait. */
export function createDelays(name: string, free: number, counters: Counters): Delays {
  const tries = counters(name, { times: 1_000_000, seconds: DAY });
  // Open or shut. The try that finds it open shuts it, which Redis does in one step.
  const gate = counters(`${name}-gate`, { times: 1, seconds: FIRST });

  const shut = async (key: string, seconds: number): Promise<void> => {
    try {
      await gate.consume(key, { seconds });
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new Throttled(error.msBeforeNext, error.consumedPoints === 2);
    }
  };

  return {
    take: async (key) => {
      if ((await gate.get(key)) !== null) await shut(key, 1);
      const { consumedPoints } = await tries.consume(key);
      if (consumedPoints < free) return;
      try {
        await shut(key, delayAfter(consumedPoints - free));
      } catch (error) {
        await tries.reward(key);
        throw error;
      }
    },
    forget: async (key) => {
      await Promise.all([tries.delete(key), gate.delete(key)]);
    },
  };
}
