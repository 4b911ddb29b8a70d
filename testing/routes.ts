import { createRateLimits } from "../api/middleware/limits.ts";
import { createSite as createOrigin } from "../api/middleware/person.ts";
import { createInboxService } from "../api/notifications/inbox.ts";
import { routers } from "../api/app.ts";
import { createPrecedence } from "../node/precedence.ts";
import { createRegistry } from "../channels/registry.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { websocketChannel } from "../channels/websocket/channel.ts";
import { parseEnv } from "../config/env.ts";
import { createCounters } from "../config/counters.ts";
import { createLog } from "../config/log.ts";
import { createMetrics } from "../node/metrics.ts";
import { openDatabase } from "../store/db/knex.ts";
import { createVault } from "../store/crypto/vault.ts";
import { noTemporal } from "./starter.ts";

/** Every route of the application, as `GET /api/users/:id`, read from its routers. Nothing is called. */
export async function listRoutes(env: Record<string, string>): Promise<string[]> {
  const config = parseEnv(env);
  const log = createLog("silent");
  const knex = openDatabase(config.database.url);
  const bridge = createLocalBridge();
  const vault = createVault(config.masterKeys);
  const secrets = { mac: () => Buffer.alloc(32), derive: () => "unused" };
  const counters = createCounters(null);
  const channels = await createRegistry({ builtIn: [websocketChannel(bridge)], env: {}, counters, log });
  const all = routers({
    ...{ knex, vault, secrets, bridge, channels, log, starter: noTemporal },
    intake: createPrecedence().intake,
    backlog: { poke: () => undefined },
    site: createOrigin(null),
    inbox: createInboxService({ knex, vault, bridge, starter: noTemporal, log }),
    metrics: createMetrics(),
    onStep: () => undefined,
    sessionLimits: config.sessions,
    limits: createRateLimits(config.limits, counters),
    trustedProxies: [],
    recognizers: [],
    oidc: null,
    channelNames: () => channels.names(),
    sockets: () => 0,
    isDraining: () => false,
  });
  const routes = all.flatMap(({ stack }) =>
    stack.flatMap(({ methods, path }) =>
      methods.filter((method) => method !== "HEAD").map((method) => `${method} ${String(path)}`),
    ),
  );
  await channels.stop();
  await bridge.close();
  await knex.destroy();
  return [...new Set(routes)].sort();
}
