import { RateLimiterRes } from "rate-limiter-flexible";
import type { Counter, Counters } from "../../config/counters.ts";
import type { RateSettings } from "../../config/limits.ts";
import { Problem } from "../http/errors.ts";

/** One bound, counted per key: an address, an account, a service's key. */
export interface RateLimit {
  /** Counts one. @throws Throttled when that is one too many */
  take(key: string): Promise<void>;
  /** @throws Throttled when nothing is left, without counting. */
  check(key: string): Promise<void>;
  /** Begins counting anew. */
  forget(key: string): Promise<void>;
}

export interface RateLimits {
  sends: RateLimit;
  failures: RateLimit;
  accounts: RateLimit;
}

/** 429: too many for now; Retry-After says until when. `first` is true once per key and window, for the record. */
export class Throttled extends Problem {
  readonly first: boolean;
  constructor(ms: number, first: boolean) {
    super("too-many", "Slow down and try again after Retry-After seconds.", {
      headers: { "Retry-After": String(Math.max(1, Math.ceil(ms / 1_000))) },
    });
    this.first = first;
  }
}

const MINUTE = 60;

/** The bounds of an installation, for all nodes together. */
export function createRateLimits(settings: RateSettings, counters: Counters): RateLimits {
  const limit = (name: string, times: number, seconds: number): RateLimit =>
    countBy(counters(name, { times, seconds }), times);
  return {
    sends: limit("sends", settings.sendsPerSecond, 1),
    failures: limit("failures", settings.failuresPerMinute, MINUTE),
    accounts: limit("accounts", settings.accountFailures, 15 * MINUTE),
  };
}

function countBy(counter: Counter, times: number): RateLimit {
  return {
    take: async (key) => {
      try {
        await counter.consume(key);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw new Throttled(error.msBeforeNext, error.consumedPoints === times + 1);
      }
    },
    check: async (key) => {
      const counted = await counter.get(key);
      if (counted !== null && counted.consumedPoints >= times)
        throw new Throttled(counted.msBeforeNext, false);
    },
    forget: async (key) => {
      await counter.delete(key);
    },
  };
}
