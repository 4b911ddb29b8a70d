import { Redis } from "ioredis";

/** How long a command may take before Redis counts as away, in ms. */
export const COMMAND_TIMEOUT_MS = 500;

/**
 * Connects to Redis for live delivery. Commands fail at once while it is away instead of queueing; the client comes
 * back by itself, after 50 ms to 2 s. The caller adds an `error` listener and subscribes again on `ready`.
 * @param url redis: or rediss: URL
 * @param name the connection's name in `CLIENT LIST`
 */
export function createRedis(url: string, name: string, { pipelining = false } = {}): Redis {
  return new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.5 + Math.random() / 2),
    enableAutoPipelining: pipelining,
  });
}
