import { Context } from "@temporalio/activity";
import {
  type FixedSizeSlotSupplier,
  type LogLevel,
  makeTelemetryFilterString,
  type MetricsBuffer,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkerTuner,
} from "@temporalio/worker";
import { setTimeout as delay } from "node:timers/promises";
import { deliveryQueue, type Lane, LANES, laneQueue, LIVE } from "../channels/contract.ts";
import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { ActivitiesOf } from "../activities/index.ts";
import type { Metrics } from "./metrics.ts";
import type { TemporalLink } from "../config/temporal.ts";
import { inLane, type Precedence, turnFirst } from "./precedence.ts";
import type { OnStop } from "./stop.ts";
import { deploymentOf, type Released, watchRelease } from "./release.ts";
import { activityInTrace } from "./telemetry/temporal.ts";
import { createSlots } from "./slots.ts";
import { bundleWorkflows } from "./workflow-bundle.ts";

/** Time for running activities to end when the worker is told to stop. */
const GRACE = "5 seconds";
const FORCE = "8 seconds";

/**
 * How many workflows a lane advances at a time. The rest of a full lane waits in Temporal and not in the node, whose one
 * thread stays free for critical sends; sends in bulk get the capacity that is left over.
 */
const AT_ONCE: Record<Lane, number> = { critical: 40, ordinary: 40, bulk: 2 };
/** How many of the critical ones are for what the node starts itself, however many others have something to do. */
const FOR_STARTS = 16;

/** How a node's worker is tuned: workflows are many and short, and two cores are the common case. */
export const TUNING = {
  reuseV8Context: true,
  workflowThreadPoolSize: 1,
  maxCachedWorkflows: 1_000,
  stickyQueueScheduleToStartTimeout: "5 seconds",
  shutdownGraceTime: GRACE,
  shutdownForceTime: FORCE,
} as const;

/**
 * Code that breaks a workflow ends its run, where Temporal would try the same step for ever: the reconciler then starts it anew
 * from what is in PostgreSQL. Of code that does not fit its history the server may end the run first, as terminated, since it refuses
 * commands that come again; the reconciler takes that alike.
 */
export const ENDS_A_RUN = {
  "*": ["Error", "NondeterminismError"],
} satisfies WorkerOptions["workflowFailureErrorTypes"];

/** What the SDK logs when a workflow's run failed, and when a task of one did. */
const FAILED = { run: "Workflow failed", task: "Failing workflow task" };
/** What the SDK logs where a workflow's code does not fit its history; the task ends by its timeout and is tried for ever. */
const UNFIT = "Failing workflow due to nondeterminism error";
/** What the SDK warns of for each plugin's worker, which has no workflows by design. */
const ATTEMPTS_ALONE = "No workflows registered, not polling for workflow tasks";
/** Our levels for those of the SDK, whose news of workers and connections is for whoever debugs. */
const LEVELS = { TRACE: "trace", DEBUG: "debug", INFO: "debug", WARN: "warn", ERROR: "error" } as const;

/**
 * Sends the SDK's own log lines through ours, and counts those of workflows that fail, of which it tells nowhere else; call before the
 * first connection.
 * @param buffer what the SDK counts into; without it, it counts nothing
 */
export function installRuntime(
  log: Logger,
  metrics: Pick<Metrics, "workflowFailed"> = { workflowFailed() {} },
  buffer?: MetricsBuffer,
): void {
  const through =
    (level: LogLevel) =>
    (message: string, meta?: Record<string | symbol, unknown>): void => {
      if (message === FAILED.run) metrics.workflowFailed("run");
      if (message === FAILED.task || message === UNFIT) metrics.workflowFailed("task");
      // An alert may be late for it, though the reconciler begins it anew.
      const late = message === FAILED.run || message === UNFIT;
      log[late ? "error" : message === ATTEMPTS_ALONE ? "debug" : LEVELS[level]](
        { component: "temporal", workflowId: meta?.["workflowId"], err: meta?.["error"] },
        message,
      );
    };
  Runtime.install({
    logger: {
      log: (level, message, meta) => through(level)(message, meta),
      trace: through("TRACE"),
      debug: through("DEBUG"),
      info: through("INFO"),
      warn: through("WARN"),
      error: through("ERROR"),
    },
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: "WARN" }) },
      ...(buffer === undefined ? {} : { metrics: { buffer } }),
    },
    shutdownSignals: [],
  });
}

interface WorkDeps {
  connection: NativeConnection;
  config: Config["temporal"];
  released: Released;
  bundle: { code: string };
  activities: ActivitiesOf;
  precedence: Precedence;
  /** How much more it does at a time than a node with two cores. */
  times: number;
  /** How many attempts one plugin makes at a time in each lane, on two cores. */
  pluginConcurrency: number;
  /** The names of the channels that are on. */
  channels: string[];
  log: Logger;
  /** Called when no worker can be had: a node that does no work had better end. */
  onLost: (err: unknown) => void;
}

/** Starts the workers once Temporal answers, however late that is. */
export async function startWork(
  { link, ...deps }: Omit<WorkDeps, "connection" | "bundle"> & { link: TemporalLink },
  onStop: OnStop,
): Promise<void> {
  const bundle = await bundleWorkflows();
  let stopped = false;
  const working = link.ready.then((connection) =>
    stopped ? null : startWorkers({ ...deps, connection, bundle }),
  );
  working.catch((err: unknown) => {
    if (!stopped) deps.onLost(err);
  });
  onStop(async () => {
    stopped = true;
    await (link.current() === null ? null : await working)?.stop();
  });
}

/**
 * The workers of a node, running until stopped: one a lane for workflows and the live channel, and one a lane and
 * plugin, so that a plugin that hangs or floods holds up nothing but itself.
 */
async function startWorkers(deps: WorkDeps): Promise<{ stop(): Promise<void> }> {
  const { connection, config, bundle, precedence, times, pluginConcurrency, channels, log, onLost } = deps;
  const { namespace, taskQueue } = config;
  const common = {
    connection,
    namespace,
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
    interceptors: { activity: [activityInTrace] },
  };
  const plugins = channels.filter((channel) => channel !== LIVE);
  const create = LANES.flatMap((lane) => {
    const queue = laneQueue(taskQueue, lane);
    const own = deps.activities(lane);
    const activities = inLane(own, lane, precedence, currentTask);
    const attempts = {
      deliver: turnFirst(own.deliver, lane, precedence.attempts),
      standDown: turnFirst(own.standDown, lane, precedence.attempts),
    };
    return [
      () =>
        Worker.create({
          ...common,
          ...TUNING,
          taskQueue: queue,
          workflowBundle: bundle,
          workflowFailureErrorTypes: ENDS_A_RUN,
          ...versionOf(config),
          activities,
          tuner: tunerOf(lane, times),
        }),
      ...plugins.map(
        (channel) => () =>
          Worker.create({
            ...common,
            taskQueue: deliveryQueue(queue, channel),
            activities: attempts,
            maxConcurrentActivityTaskExecutions: times * pluginConcurrency,
          }),
      ),
    ];
  });
  const workers = await Promise.all(create.map((one) => keepRunning(one, log, onLost)));
  const watching =
    config.buildId === undefined
      ? null
      : watchRelease(connection, config, config.buildId, deps.released, log);
  return {
    stop: async () => {
      await watching?.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

/** What a worker does at a time; the lanes' gates say how much of it goes on. */
const tunerOf = (lane: Lane, times: number): WorkerTuner => ({
  workflowTaskSlotSupplier:
    lane === "critical"
      ? createSlots(times * AT_ONCE.critical, times * FOR_STARTS)
      : fixed(times * AT_ONCE[lane]),
  localActivityTaskSlotSupplier: fixed(200),
  activityTaskSlotSupplier: fixed(100),
  nexusTaskSlotSupplier: fixed(1),
});
const fixed = (numSlots: number): FixedSizeSlotSupplier => ({ type: "fixed-size", numSlots });

/**
 * Every workflow takes up the released build with its next task: docs/workflows.md says why of each. The workflows themselves say nothing of it,
 * since a worker without a version may not complete tasks of one that does. What only makes attempts has no version: an attempt is the same by
 * whichever build its workflow goes on.
 */
const versionOf = (config: Config["temporal"]): Pick<WorkerOptions, "workerDeploymentOptions"> =>
  config.buildId === undefined
    ? {}
    : {
        workerDeploymentOptions: {
          version: { deploymentName: deploymentOf(config), buildId: config.buildId },
          useWorkerVersioning: true,
          defaultVersioningBehavior: "AUTO_UPGRADE",
        },
      };

/** ms until a worker that ended by itself is replaced. */
const REPLACE_AFTER = 1_000;

/** Runs a worker, and another in its place should it end by itself. */
async function keepRunning(
  create: () => Promise<Worker>,
  log: Logger,
  onLost: (err: unknown) => void,
): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  let worker = await create();
  const run = async (): Promise<void> => {
    for (;;) {
      await worker.run().catch((err: unknown) => log.error({ err }, "a worker ended; starting another"));
      if (stopping.signal.aborted) return;
      await delay(REPLACE_AFTER, undefined, { signal: stopping.signal });
      worker = await create();
    }
  };
  const running = run().catch((err: unknown) => {
    if (!stopping.signal.aborted) onLost(err);
  });
  return {
    stop: async () => {
      stopping.abort();
      if (worker.getState() === "RUNNING") worker.shutdown();
      await running;
    },
  };
}

/** The running activity's heartbeat, and a signal that aborts when the activity is cancelled or its worker stops. */
export function currentTask(): { signal: AbortSignal; heartbeat(): void } {
  const context = Context.current();
  return { signal: context.cancellationSignal, heartbeat: () => context.heartbeat() };
}
