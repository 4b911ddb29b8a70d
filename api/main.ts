import { pathToFileURL } from "node:url";
import { type ActivitiesOf, createActivities } from "../activities/index.ts";
import { ChannelError } from "../channels/channel-error.ts";
import type { Lane } from "../channels/contract.ts";
import { type Config, ConfigError, parseEnv } from "../config/env.ts";
import { createLog, type Logger } from "../config/log.ts";
import { openMasterKeys } from "../config/kms/open.ts";
import { linkTemporal } from "../config/temporal.ts";
import { createAdmission } from "../node/admission.ts";
import { openChannels } from "../node/channels.ts";
import { createCriticalStarts } from "../node/critical-starts.ts";
import { startLoops } from "../node/loops.ts";
import { createMetrics } from "../node/metrics.ts";
import { createPrecedence } from "../node/precedence.ts";
import { openRedactor } from "../node/redactor.ts";
import { startStandIn } from "../node/stand-in.ts";
import { createStarter } from "../node/starter.ts";
import { takeSdkMetrics } from "../node/telemetry/sdk-metrics.ts";
import { endAtFaults } from "../node/faults.ts";
import { sizeOf } from "../node/size.ts";
import { createStops, type OnStop } from "../node/stop.ts";
import { openStores } from "../node/stores.ts";
import { currentTask, installRuntime, startWork } from "../node/worker.ts";
import { createLinks } from "../store/crypto/links.ts";
import { MasterKeyError } from "../store/crypto/secrets.ts";
import { DatabaseSetupError } from "../store/db/prepare.ts";
import { type Patience, whenReachable } from "../store/db/reachable.ts";
import { seedDemo } from "../store/demo.ts";
import { serveHealth } from "./health/port.ts";
import { ListenError } from "./http/server.ts";

/** A running node. */
export interface Node {
  url: string;
  /** Drains and stops. Accepted sends that are not done yet are done by another node, or by this one's next start. */
  stop(): Promise<void>;
}

export interface RunOptions {
  log?: Logger;
  /** The node can't go on; the program ends. */
  onLost?: (err: unknown) => void;
  /** Gives a start up that waits for PostgreSQL. */
  signal?: AbortSignal;
}

/**
 * Runs a node: API and worker in one process on one connection to Temporal, or one of the two where `config.role` says so.
 * For as long as PostgreSQL does not serve it, a start waits, and says so.
 * @throws DatabaseSetupError, MasterKeyError, ChannelError, ListenError with what to do
 */
export async function run(
  config: Config,
  {
    log = createLog(config.logLevel),
    onLost = () => undefined,
    signal = new AbortController().signal,
  }: RunOptions = {},
): Promise<Node> {
  const { onStop, stop } = createStops(log);
  try {
    const url = await compose(config, { log, signal }, onLost, onStop);
    log.info({ url, role: config.role }, "ready");
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Builds every part from the ones before it; answers the node's address, which is empty for a worker. */
async function compose(
  config: Config,
  patience: Patience,
  onLost: (err: unknown) => void,
  onStop: OnStop,
): Promise<string> {
  const { log } = patience;
  const metrics = createMetrics();
  if (config.telemetry !== null) {
    // Nobody else loads OpenTelemetry's exporters.
    const { startTelemetry } = await import("../node/telemetry/start.ts");
    startTelemetry(config.telemetry, metrics.registry, log, onStop);
  }
  // Counting costs a little with each task: it is done where somebody reads it.
  const isRead = config.metricsPort !== null || config.telemetry !== null;
  installRuntime(log, metrics, isRead ? takeSdkMetrics(metrics.registry, onStop) : undefined);
  const size = sizeOf(config.connections);
  const stores = await openStores(config, patience, onStop);
  const ways = await openChannels(config, stores, metrics, log, onStop);
  const redactor = openRedactor(config, metrics, onStop);
  const link = linkTemporal(config.temporal, log);
  onStop(() => link.close());
  const released = { own: config.temporal.buildId === undefined };
  const starter = createStarter(link, config.temporal, log, released);
  const criticalStarts = createCriticalStarts({ starter, bridge: ways.bridge, times: size.times });
  const precedence = createPrecedence(size.times);
  const admission = createAdmission({ persists: config.role === "all", onRefused: metrics.sendRefused });
  const doing = { redactor, starter, criticalStarts, precedence, admission };
  const parts = { ...stores, ...ways, ...doing, size, metrics, log };
  if (config.role !== "api") {
    const onWork = (id: string, lane: Lane): void => {
      // One that was raised goes on in the lane of what is critical.
      const again = lane === "critical" ? "moved" : "again";
      void starter.start(id, lane, again).then(() => starter.tellHandled(id, lane));
    };
    const heard = { onSettled: admission.settled, onAttempt: metrics.attempt, onWork };
    const links = createLinks(stores.secrets, config.publicUrl?.origin ?? null);
    const common = { ...parts, ...heard, links, task: currentTask };
    const ordinary = createActivities(common);
    const critical = createActivities({ ...common, knex: stores.reserve });
    const activities: ActivitiesOf = (lane) => (lane === "critical" ? critical : ordinary);
    const names = parts.channels.names();
    const lost = (err: unknown): void => {
      log.fatal({ err }, "no worker could be started");
      onLost(err);
    };
    const work = {
      link,
      config: config.temporal,
      released,
      activities,
      precedence,
      times: size.times,
      pluginConcurrency: config.pluginConcurrency,
      channels: names,
      log,
      onLost: lost,
    };
    await startWork(work, onStop);
    const standIn = startStandIn({ ...parts, activities });
    onStop(() => standIn.stop());
  }
  const loops = await startLoops(config, parts, onStop);
  if (config.role === "worker") {
    await serveHealth(config, { ...parts, ...loops, sockets: () => 0, isDraining: () => false }, onStop);
    return "";
  }
  // A worker doesn't load the API, which is a third of the program.
  const { serve } = await import("./serve.ts");
  const url = await serve(config, { ...parts, ...loops }, onStop);
  if (config.seedDemo) {
    const { knex, secrets, databaseUrl } = stores;
    await whenReachable(databaseUrl, patience, () => seedDemo(knex, secrets, url, config.home));
  }
  return url;
}

/** The program: configuration from the environment, until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const config = parseEnv(await openMasterKeys(process.env), process.argv.slice(2));
  const log = createLog(config.logLevel);
  let node: Pick<Node, "stop"> = { stop: () => Promise.resolve() };
  const end = (code = 0): void => {
    void node.stop().then(() => process.exit(code));
  };
  endAtFaults(
    (err) => log.fatal({ err }, "the node ends because of a fault that nothing caught"),
    () => end(1),
  );
  node = await run(config, { log, onLost: () => end(1) });
  process.once("SIGINT", () => end());
  process.once("SIGTERM", () => end());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  main().catch((error: unknown) => {
    const known =
      error instanceof ConfigError ||
      error instanceof ChannelError ||
      error instanceof DatabaseSetupError ||
      error instanceof MasterKeyError ||
      error instanceof ListenError;
    process.stderr.write(`${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  });
}
