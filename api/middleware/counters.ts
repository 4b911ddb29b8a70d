import type { Redis } from "ioredis";
import type { Logger } from "../../config/log.ts";
import { createRedis } from "../../config/redis.ts";

/** The connection that calls are counted on; null for a node without Redis. */
export function openCounters(
  url: string | null,
  log: Logger,
): { redis: Redis | null; close(): Promise<void> } {
  if (url === null) return { redis: null, close: () => Promise.resolve() };
  const redis = createRedis(url, "tocsin-limits", { pipelining: true });
  let away = false;
  redis.on("error", (err: unknown) => {
    if (!away) log.warn({ err }, "Redis is away: each node counts calls for itself until it is back");
    away = true;
  });
  redis.on("ready", () => {
    away = false;
  });
  return {
    redis,
    close: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
