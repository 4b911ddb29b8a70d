import { Context } from "@temporalio/activity";
import {
  bundleWorkflowCode,
  makeTelemetryFilterString,
  type NativeConnection,
  Runtime,
  Worker,
} from "@temporalio/worker";
import { fileURLToPath } from "node:url";
import { criticalQueue, deliveryQueue, LIVE } from "../channels/contract.ts";
import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { Activities } from "./index.ts";

/** Time for running activities to end when the worker is told to stop. */
const GRACE = "5 seconds";
const FORCE = "8 seconds";

/** Attempts that one plugin makes at a time, a lane. */
const PLUGIN_CONCURRENCY = 20;

/** How a node's worker is tuned: workflows are many and short, and two cores are the common case. */
export const TUNING = {
  reuseV8Context: true,
  workflowThreadPoolSize: 1,
  maxCachedWorkflows: 1_000,
  maxConcurrentWorkflowTaskExecutions: 40,
  maxConcurrentLocalActivityExecutions: 200,
  stickyQueueScheduleToStartTimeout: "5 seconds",
  shutdownGraceTime: GRACE,
  shutdownForceTime: FORCE,
} as const;

/** Sends the SDK's own log lines through ours; call before the first connection. */
export function installRuntime(log: Logger): void {
  const through =
    (level: "trace" | "debug" | "info" | "warn" | "error") =>
    (message: string, meta?: Record<string | symbol, unknown>): void => {
      log[level]({ component: "temporal", workflowId: meta?.["workflowId"], err: meta?.["error"] }, message);
    };
  Runtime.install({
    logger: {
      log: (level, message, meta) =>
        through(level === "TRACE" ? "trace" : level === "DEBUG" ? "debug" : "info")(message, meta),
      trace: through("trace"),
      debug: through("debug"),
      info: through("debug"),
      warn: through("warn"),
      error: through("error"),
    },
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: "WARN" }) } },
    shutdownSignals: [],
  });
}

/** Bundles the workflows once, for every worker of the process. */
export function bundleWorkflows(): Promise<{ code: string }> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}

/**
 * The workers of a node, running until stopped: one a lane for workflows and the live channel, and one a lane and
 * plugin, so that a plugin that hangs or floods holds up nothing but itself.
 */
export async function startWorkers(deps: {
  connection: NativeConnection;
  config: Config["temporal"];
  bundle: { code: string };
  activities: Activities;
  channels: string[];
  log: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { connection, config, bundle, activities, channels, log } = deps;
  const { namespace, taskQueue } = config;
  const common = { connection, namespace, shutdownGraceTime: GRACE, shutdownForceTime: FORCE };
  const plugins = channels.filter((channel) => channel !== LIVE);
  const workers = await Promise.all(
    [taskQueue, criticalQueue(taskQueue)].flatMap((lane) => [
      Worker.create({ ...common, taskQueue: lane, workflowBundle: bundle, activities, ...TUNING }),
      ...plugins.map((channel) =>
        Worker.create({
          ...common,
          taskQueue: deliveryQueue(lane, channel),
          activities: { deliver: activities.deliver },
          maxConcurrentActivityTaskExecutions: PLUGIN_CONCURRENCY,
        }),
      ),
    ]),
  );
  const running = workers.map((worker) =>
    worker.run().catch((err: unknown) => log.error({ err }, "a worker ended")),
  );
  return {
    stop: async () => {
      for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
      await Promise.all(running);
    },
  };
}

/** What the running activity may tell and hear of its worker; the signal aborts when it is cancelled or stopped. */
export function currentTask(): { signal: AbortSignal; heartbeat(): void } {
  const context = Context.current();
  return { signal: context.cancellationSignal, heartbeat: () => context.heartbeat() };
}
