import type { ConnectionLike } from "@temporalio/client";
import { isNotFound } from "../config/grpc.ts";
import type { TemporalSettings } from "../config/temporal-settings.ts";
import type { Logger } from "../config/log.ts";
import { every, type Loop } from "./every.ts";

/** What Temporal is asked by. */
type Service = Pick<ConnectionLike, "workflowService">;
type Where = Pick<TemporalSettings, "namespace" | "taskQueue">;

/** Versions of the workers that advance workflows, and which of them does. Temporal calls this a Worker Deployment. */
export interface Release {
  /** The build that gets every workflow's next task; null: workers without a TOCSIN_BUILD_ID. */
  current: string | null;
  builds: { buildId: string; since: Date | null }[];
}

/** Whether the node's own build is the released one, as it last saw; true on a site whose nodes are all alike. */
export interface Released {
  own: boolean;
}

/** A Worker Deployment is named by its site's task queue; dots and colons part name and build there. */
export const deploymentOf = ({ taskQueue }: Pick<Where, "taskQueue">): string =>
  taskQueue.replaceAll(/[^a-zA-Z0-9_-]/g, "-");

/** What is released; null before the first worker with a TOCSIN_BUILD_ID has come. */
export async function readRelease({ workflowService }: Service, where: Where): Promise<Release | null> {
  try {
    const { workerDeploymentInfo: info } = await workflowService.describeWorkerDeployment({
      namespace: where.namespace,
      deploymentName: deploymentOf(where),
    });
    return {
      current: info?.routingConfig?.currentDeploymentVersion?.buildId || null,
      builds: (info?.versionSummaries ?? []).map(({ deploymentVersion, createTime }) => ({
        buildId: deploymentVersion?.buildId ?? "",
        since: createTime ? new Date(1_000 * Number(createTime.seconds ?? 0)) : null,
      })),
    };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Gives every workflow's next task to a build, those under way included; null: to workers without a TOCSIN_BUILD_ID. */
export async function release(
  { workflowService }: Service,
  where: Where,
  buildId: string | null,
): Promise<void> {
  await workflowService.setWorkerDeploymentCurrentVersion({
    namespace: where.namespace,
    deploymentName: deploymentOf(where),
    buildId: buildId ?? "",
    identity: "tocsin",
  });
}

/** A worker that waits for tasks asks again within a minute; ms. Who has not asked for so long is gone. */
const GONE_AFTER = 90_000;

/** Temporal's numbers of the kinds of tasks. */
const KINDS = { workflows: 1, activities: 2 } as const;

/** The workers that wait for a queue's tasks. */
async function waitingOn(
  { workflowService }: Service,
  { namespace, taskQueue }: Where,
  kind: keyof typeof KINDS,
  now: number,
) {
  const { pollers } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: KINDS[kind],
  });
  return (pollers ?? []).filter(
    ({ lastAccessTime }) => 1_000 * Number(lastAccessTime?.seconds ?? 0) > now - GONE_AFTER,
  );
}

/** Whether any worker waits for a queue's tasks. */
export const isAsked = async (
  service: Service,
  where: Where,
  kind: keyof typeof KINDS,
  now = Date.now(),
): Promise<boolean> => (await waitingOn(service, where, kind, now)).length > 0;

/** Whether a build has no worker left that asks for workflows' tasks. */
export async function isAbandoned(
  service: Service,
  where: Where,
  buildId: string | null,
  now = Date.now(),
): Promise<boolean> {
  const waiting = await waitingOn(service, where, "workflows", now);
  return !waiting.some(({ deploymentOptions }) => {
    const isVersioned = deploymentOptions?.workerVersioningMode === 2;
    return buildId === (isVersioned ? (deploymentOptions?.buildId ?? "") : null);
  });
}

/** How often a node looks whether the build that is released still has workers; ms. */
const LOOKS_EVERY = 5_000;

/**
 * Releases a node's build where none is released yet, or where no worker of the released one is left: an alert must not wait for workers that
 * somebody shut down in the wrong order. Everything else is the operator's to say: `npm run release`.
 */
export function watchRelease(
  connection: Service,
  where: Where,
  buildId: string,
  released: Released,
  log: Pick<Logger, "warn">,
): Loop {
  const round = async (): Promise<void> => {
    const found = await readRelease(connection, where);
    released.own = found?.current === buildId;
    if (found === null || released.own) return;
    if (!found.builds.some((build) => build.buildId === buildId)) return;
    if (!(await isAbandoned(connection, where, found.current))) return;
    await release(connection, where, buildId);
    log.warn(
      { buildId, before: found.current },
      "no worker of the released build is left: this one is released",
    );
  };
  return every(LOOKS_EVERY, round, (err) => log.warn({ err }, "can't see which build is released"), 1_000);
}
