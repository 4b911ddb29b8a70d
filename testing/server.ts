import type { Knex } from "knex";
import { createApp } from "../api/app.ts";
import { createHttpServer, listen } from "../api/http/server.ts";
import { createRateLimits } from "../api/middleware/limits.ts";
import { createSite } from "../api/middleware/person.ts";
import { createInboxService } from "../api/notifications/inbox.ts";
import { createRealtimeAuth } from "../api/realtime/auth.ts";
import { createInboxStore } from "../api/realtime/store.ts";
import { createRegistry } from "../channels/registry.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { websocketChannel } from "../channels/websocket/channel.ts";
import { createGateway } from "../channels/websocket/gateway.ts";
import { openCounters } from "../config/counters.ts";
import { parseEnv } from "../config/env.ts";
import { createLog } from "../config/log.ts";
import { createMetrics } from "../node/metrics.ts";
import { createPrecedence } from "../node/precedence.ts";
import { startExpiry } from "../node/session-expiry.ts";
import { loadInstallationKey } from "../store/crypto/secrets.ts";
import { createVault } from "../store/crypto/vault.ts";
import { runtimeUrl } from "../store/db/prepare.ts";
import { type Calls, createCalls } from "./calls.ts";
import { noTemporal } from "./starter.ts";

/** The API in the test's own process, on a port of its own. It has no worker: what is sent stays sent. */
export interface TestServer extends Calls {
  url: string;
  /** Every line that it logged. */
  lines: string[];
  stop(): Promise<void>;
}

/**
 * Serves the application from a migrated database under the program's own login, as a node with `--role=api` does, but
 * for Temporal, relay and sealer. Several may serve one database.
 * @param env what its environment has besides the database's
 */
export async function startServer(
  { knex, env }: { knex: Knex; env: NodeJS.ProcessEnv },
  more: NodeJS.ProcessEnv = {},
): Promise<TestServer> {
  const config = parseEnv({ PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "debug", ...env, ...more });
  const lines: string[] = [];
  const log = createLog(config.logLevel, { write: (line) => void lines.push(line) });
  const databaseUrl = await runtimeUrl(config.database.url, config.masterKeys);
  const vault = createVault(config.masterKeys);
  const secrets = await loadInstallationKey(knex, vault);
  const metrics = createMetrics();
  const bridge = createLocalBridge();
  const { counters, close: closeCounters } = openCounters(config.redisUrl, secrets, log);
  const channels = await createRegistry({
    builtIn: [websocketChannel(bridge)],
    settings: config.channels,
    counters,
    log,
  });
  const site = createSite(config.publicUrl);
  const inbox = createInboxService({ knex, vault, bridge, starter: noTemporal, log });
  const auth = createRealtimeAuth({ knex, databaseUrl, site, log });
  const gateway = createGateway({
    bridge,
    inbox: createInboxStore({ knex, inbox }),
    auth,
    log,
    origin: site.isOwnOrigin,
    metrics: metrics.live,
  });
  const app = await createApp({
    knex,
    vault,
    secrets,
    bridge,
    channels,
    site,
    inbox,
    log,
    metrics,
    recognizers: [],
    starter: noTemporal,
    intake: createPrecedence().intake,
    backlog: { poke: () => undefined },
    onStep: () => undefined,
    sessionLimits: config.sessions,
    limits: createRateLimits(config.limits, counters),
    trustedProxies: config.trustedProxies,
    oidc: config.oidc,
    channelNames: () => channels.names(),
    sockets: () => gateway.sockets(),
    isDraining: () => false,
  });
  const server = createHttpServer(app);
  gateway.attach(server);
  const url = `http://127.0.0.1:${await listen(server, config.port, config.host)}`;
  const expiry = startExpiry({ knex, limits: config.sessions, log });
  return {
    url,
    lines,
    ...createCalls({ url, knex, cookie: site.cookie, sessions: config.sessions }),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await gateway.drain();
      server.closeAllConnections();
      await closed;
      await expiry.stop();
      await auth.close();
      await channels.stop();
      await closeCounters();
      await bridge.close();
    },
  };
}
