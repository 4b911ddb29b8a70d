import { pathToFileURL } from "node:url";
import { type Config, ConfigError, parseEnv } from "../config/env.ts";
import { createLog, type Logger } from "../config/log.ts";
import { linkTemporal } from "../config/temporal.ts";
import { openCounters } from "../config/counters.ts";
import { createMetrics } from "../node/metrics.ts";
import { createActivities } from "../activities/index.ts";
import { startBacklog } from "../node/backlog.ts";
import { createPrecedence } from "../node/precedence.ts";
import { startRelay } from "../node/relay.ts";
import { startShredder } from "../node/shredder.ts";
import { createStarter } from "../node/starter.ts";
import { bundleWorkflows, currentTask, installRuntime, startWorkers } from "../node/worker.ts";
import { createRegistry } from "../channels/registry.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { createRedisBridge } from "../channels/websocket/redis-bridge.ts";
import { websocketChannel } from "../channels/websocket/channel.ts";
import { createGateway } from "../channels/websocket/gateway.ts";
import { startSealer } from "../node/sealer.ts";
import { presidio } from "../redaction/presidio.ts";
import { seedDemo } from "../store/demo.ts";
import { openDatabase } from "../store/db/knex.ts";
import { DatabaseSetupError, prepareDatabase } from "../store/db/prepare.ts";
import { createVault } from "../store/crypto/vault.ts";
import { loadInstallationKey, MasterKeyError } from "../store/crypto/secrets.ts";
import { createApp } from "./app.ts";
import { createRateLimits } from "./middleware/limits.ts";
import { createSite } from "./middleware/person.ts";
import { createInboxService } from "./notifications/inbox.ts";
import { createRealtimeAuth } from "./realtime/auth.ts";
import { createInboxStore } from "./realtime/store.ts";
import { startExpiry } from "../node/session-expiry.ts";
import { createHttpServer, listen, PortInUseError } from "./http/server.ts";

/** A running node. */
export interface Node {
  url: string;
  /** Drains and stops; what was accepted and is not done is done by another node, or this one's next start. */
  stop(): Promise<void>;
}

export interface RunOptions {
  log?: Logger;
  /** Told of each step that a crash could interrupt; tests crash there. */
  onStep?: (step: string) => void;
}

type Cleanup = () => Promise<unknown>;

/**
 * Runs a node: API and worker in one process on one connection to Temporal, or one of the two where `config.role` says so.
 * @throws DatabaseSetupError, PortInUseError with what to do
 */
export async function run(
  config: Config,
  { log = createLog(config.logLevel), onStep = () => undefined }: RunOptions = {},
): Promise<Node> {
  /** Undone in reverse. */
  const cleanups: Cleanup[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup().catch((err: unknown) => log.warn({ err }, "could not stop a part"));
    }
  };
  try {
    return { url: await compose(config, log, onStep, cleanups), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Builds every part from the ones before it; answers the node's address. */
async function compose(
  config: Config,
  log: Logger,
  onStep: (step: string) => void,
  cleanups: Cleanup[],
): Promise<string> {
  installRuntime(log);
  const databaseUrl = await prepareDatabase(config);
  const knex = openDatabase(databaseUrl);
  cleanups.push(() => knex.destroy());
  const vault = createVault(config.masterKeys);
  const secrets = await loadInstallationKey(knex, vault);
  const metrics = createMetrics();

  const bridge =
    config.redisUrl === null
      ? createLocalBridge()
      : createRedisBridge({ url: config.redisUrl, log, metrics: metrics.live });
  if (config.redisUrl === null) log.info("no REDIS_URL: an in-process bus serves this one node");
  cleanups.push(() => bridge.close());
  const { counters, close: closeCounters } = openCounters(config.redisUrl, secrets, log);
  cleanups.push(closeCounters);
  const channels = await createRegistry({
    builtIn: [websocketChannel(bridge)],
    settings: config.channels,
    counters,
    log,
  });
  cleanups.push(() => channels.stop());

  const recognizers = config.presidioUrl === null ? [] : [presidio({ url: config.presidioUrl, fetch })];

  const link = linkTemporal(config.temporal, log);
  cleanups.push(() => link.close());
  const starter = createStarter(link, config.temporal, log);
  const precedence = createPrecedence();
  if (config.role !== "api") {
    const activities = createActivities({
      knex,
      vault,
      recognizers,
      channels,
      bridge,
      task: currentTask,
      onStep,
    });
    const bundle = await bundleWorkflows();
    let stopped = false;
    const working = link.ready.then((connection) =>
      stopped
        ? null
        : startWorkers({
            connection,
            config: config.temporal,
            bundle,
            activities,
            precedence,
            channels: channels.names(),
            log,
          }),
    );
    working.catch((err: unknown) => stopped || log.error({ err }, "the worker could not start"));
    cleanups.push(async () => {
      stopped = true;
      await (link.current() === null ? null : await working)?.stop();
    });
  }
  const relay = startRelay({ knex, starter, starts: precedence.starts, bridge, log });
  cleanups.push(() => relay.stop());
  const backlog = startBacklog({ knex, starter, starts: precedence.starts, log });
  cleanups.push(() => backlog.stop());
  const shredder = startShredder({ knex, log });
  cleanups.push(() => shredder.stop());
  const auditSealer = await startSealer({ knex, config: config.audit, log, registry: metrics.registry });
  cleanups.push(() => auditSealer.stop());
  if (config.role === "worker") {
    log.info({ url: "", role: config.role }, "ready");
    return "";
  }

  const site = createSite(config.publicUrl);
  const inbox = createInboxService({ knex, vault, bridge, starter, log });
  const expiry = startExpiry({ knex, limits: config.sessions, log });
  cleanups.push(() => expiry.stop());
  const auth = createRealtimeAuth({ knex, databaseUrl, site, log });
  cleanups.push(() => auth.close());
  const gateway = createGateway({
    bridge,
    inbox: createInboxStore({ knex, inbox }),
    auth,
    log,
    origin: site.isOwnOrigin,
    metrics: metrics.live,
  });
  let draining = false;
  const app = await createApp({
    ...{
      knex,
      vault,
      recognizers,
      secrets,
      starter,
      intake: precedence.intake,
      backlog,
      bridge,
      channels,
      site,
      inbox,
      log,
      metrics,
      onStep,
    },
    sessionLimits: config.sessions,
    limits: createRateLimits(config.limits, counters),
    trustedProxies: config.trustedProxies,
    oidc: config.oidc,
    channelNames: () => channels.names(),
    sockets: () => gateway.sockets(),
    isDraining: () => draining,
  });
  const server = createHttpServer(app);
  gateway.attach(server);
  const port = await listen(server, config.port, config.host);
  cleanups.push(async () => {
    draining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    await gateway.drain();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
    await closed;
  });
  const url = config.publicUrl?.origin ?? `http://localhost:${port}`;
  if (config.seedDemo) await seedDemo(knex, secrets, url, config.home);
  log.info({ url, role: config.role }, "ready");
  return url;
}

/** The program: configuration from the environment, until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const config = parseEnv(process.env, process.argv.slice(2));
  const node = await run(config);
  const end = (): void => {
    void node.stop().then(() => process.exit(0));
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main().catch((error: unknown) => {
    const known =
      error instanceof ConfigError ||
      error instanceof DatabaseSetupError ||
      error instanceof MasterKeyError ||
      error instanceof PortInUseError;
    process.stderr.write(`${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  });
}
