import { Context } from "@temporalio/activity";
import { bundleWorkflowCode, type NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { Activities } from "./index.ts";

/** Time for running activities to end when the worker is told to stop. */
const GRACE = "5 seconds";
const FORCE = "8 seconds";

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

/** A worker that runs workflows and activities until stopped. */
export async function startWorker(deps: {
  connection: NativeConnection;
  config: Config["temporal"];
  bundle: { code: string };
  activities: Activities;
  log: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { connection, config, bundle, activities, log } = deps;
  const worker = await Worker.create({
    connection,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    workflowBundle: bundle,
    activities,
    ...TUNING,
  });
  const running = worker.run().catch((err: unknown) => log.error({ err }, "the worker ended"));
  return {
    stop: async () => {
      if (worker.getState() === "RUNNING") worker.shutdown();
      await running;
    },
  };
}

/** Aborts when the activity that asks is cancelled or its worker stops. */
export const currentSignal = (): AbortSignal => Context.current().cancellationSignal;
