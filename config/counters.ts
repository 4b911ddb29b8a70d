import type { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from "rate-limiter-flexible";
import type { Logger } from "./log.ts";
import { createRedis, explainRedis, type RedisSettings } from "./redis.ts";

/** Allows `times` uses in `seconds`. */
export interface Bound {
  times: number;
  seconds: number;
}

/** Counts one bound by key. */
export interface Counter {
  /**
   * Counts one, or so many. The first of a window says how long the window is, in seconds; the bound's own length unless given.
   * @throws RateLimiterRes when that is too many
   */
  consume(key: string, how?: { many?: number; seconds?: number }): Promise<RateLimiterRes>;
  /** Counts one, whatever the bound. */
  penalty(key: string): Promise<RateLimiterRes>;
  /** Counts one less, or so many. */
  reward(key: string, many?: number): Promise<RateLimiterRes>;
  get(key: string): Promise<RateLimiterRes | null>;
  delete(key: string): Promise<boolean>;
}

/** Makes a counter; counters of the same name count together, on all nodes. */
export type Counters = (name: string, bound: Bound) => Counter;

/** Hashes keys under the program's own key. */
interface Secrets {
  mac(purpose: string, data: string): Buffer;
  derive(purpose: string): string;
}

/**
 * Counters in Redis, for all nodes together. While Redis is away each node counts for itself, as a single node without
 * Redis always does (null). Keys are hashed, so that Redis holds nobody's address.
 */
export function createCounters(shared: { redis: Redis; secrets: Secrets } | null): Counters {
  if (shared === null)
    return (_name, { times, seconds }) =>
      keyedBy((key) => key, new RateLimiterMemory({ points: times, duration: seconds }));
  const { redis, secrets } = shared;
  const prefix = `tocsin:limit:${secrets.derive("rate limits").slice(0, 12)}`;
  const hash = (key: string): string => secrets.mac("rate limits", key).toString("base64url").slice(0, 22);
  return (name, { times, seconds }) => {
    const bound = { keyPrefix: `${prefix}:${name}`, points: times, duration: seconds };
    const insuranceLimiter = new RateLimiterMemory(bound);
    const counter = new RateLimiterRedis({
      ...bound,
      storeClient: redis,
      insuranceLimiter,
      rejectIfRedisNotReady: true,
    });
    return keyedBy(hash, counter);
  };
}

const keyedBy = (name: (key: string) => string, counter: RateLimiterAbstract): Counter => ({
  consume: (key, { many = 1, seconds } = {}) =>
    counter.consume(name(key), many, seconds === undefined ? {} : { customDuration: seconds }),
  penalty: (key) => counter.penalty(name(key)),
  reward: (key, many = 1) => counter.reward(name(key), many),
  get: (key) => counter.get(name(key)),
  delete: (key) => counter.delete(name(key)),
});

/** Counters on a connection of their own; on none for a node without Redis. */
export function openCounters(
  server: RedisSettings | null,
  secrets: Secrets,
  log: Logger,
): { counters: Counters; close(): Promise<void> } {
  if (server === null) return { counters: createCounters(null), close: () => Promise.resolve() };
  const redis = createRedis(server, "tocsin-limits", { pipelining: true });
  let away = false;
  redis.on("error", (err: unknown) => {
    if (!away)
      log.warn(
        { err },
        `${explainRedis(err, server) ?? "Redis is away"}: each node counts calls for itself until it is back`,
      );
    away = true;
  });
  redis.on("ready", () => {
    away = false;
  });
  return {
    counters: createCounters({ redis, secrets }),
    close: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
