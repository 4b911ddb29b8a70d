import { createRegistry, type Registry } from "../channels/registry.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { websocketChannel } from "../channels/websocket/channel.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { createRedisBridge } from "../channels/websocket/redis-bridge.ts";
import { type Counters, openCounters } from "../config/counters.ts";
import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { RedisSettings } from "../config/redis.ts";
import type { Metrics } from "./metrics.ts";
import type { OnStop } from "./stop.ts";
import type { Stores } from "./stores.ts";

/** The channels that are on, and the node's parts in Redis. */
export interface Channels {
  bridge: Bridge;
  counters: Counters;
  channels: Registry;
}

/**
 * Joins the bus and starts every channel that is configured.
 * @throws ChannelError naming plugin, field and remedy
 */
export async function openChannels(
  config: Config,
  { secrets }: Pick<Stores, "secrets">,
  metrics: Metrics,
  log: Logger,
  onStop: OnStop,
): Promise<Channels> {
  const bridge = openBridge(config.redis, metrics, log);
  onStop(() => bridge.close());
  const { counters, close } = openCounters(config.redis, secrets, log);
  onStop(close);
  const builtIn = [websocketChannel(bridge)];
  const { derive } = secrets;
  const channels = await createRegistry({ builtIn, settings: config.channels, counters, derive, log });
  onStop(() => channels.stop());
  return { bridge, counters, channels };
}

function openBridge(redis: RedisSettings | null, { live }: Metrics, log: Logger): Bridge {
  if (redis !== null) return createRedisBridge({ ...redis, log, metrics: live });
  log.info("no REDIS_URL: an in-process bus serves this one node");
  return createLocalBridge();
}
