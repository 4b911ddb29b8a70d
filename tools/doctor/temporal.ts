import { Connection } from "@temporalio/client";
import { deliveryQueue, laneQueue, LANES } from "../../channels/contract.ts";
import { isNotFound } from "../../config/grpc.ts";
import { isAsked } from "../../node/release.ts";
import { reason } from "../services/problem.ts";
import { outsideChannels } from "./channels.ts";
import { fault, type Finding, ok } from "./finding.ts";
import type { Site } from "./site.ts";

/** Temporal: its version, the namespace, and whether workers ask for the tasks of every queue. */
export async function temporal(site: Site, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { address, namespace, taskQueue, connection: options } = site.temporal();
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: "5s", ...options });
  } catch (error) {
    return [
      fault(
        "temporal",
        `It does not answer on ${address} (${reason(error).split("\n")[0] ?? ""}).`,
        "Start it, or correct TEMPORAL_ADDRESS. Sends are taken meanwhile, and other channels wait.",
      ),
    ];
  }
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const answers = ok("temporal", `It answers: Temporal ${serverVersion ?? "of an unknown version"}.`);
    if (!(await hasNamespace(connection, namespace)))
      return [
        answers,
        fault(
          "namespace",
          `There is no namespace "${namespace}".`,
          `Make it (temporal operator namespace create -n ${namespace}), or correct TEMPORAL_NAMESPACE.`,
        ),
      ];
    return [answers, ok("namespace", `There is the namespace "${namespace}".`), await queues()];
  } finally {
    await connection.close();
  }

  async function queues(): Promise<Finding> {
    const channels = await outsideChannels(env);
    const lanes = LANES.map((lane) => laneQueue(taskQueue, lane));
    const all = [
      ...lanes.map((name) => ({ name, kind: "workflows" as const })),
      ...lanes.flatMap((lane) =>
        channels.map((channel) => ({ name: deliveryQueue(lane, channel), kind: "activities" as const })),
      ),
    ];
    const deserted: string[] = [];
    for (const { name, kind } of all)
      if (!(await isAsked(connection, { namespace, taskQueue: name }, kind))) deserted.push(name);
    return deserted.length === 0
      ? ok("workers", `Workers ask for the tasks of all ${all.length} queues.`)
      : fault(
          "workers",
          `No worker asks for the tasks of ${deserted.join(", ")}.`,
          "Start a node that works (npm start, without --role=api), with the same channels and TEMPORAL_TASK_QUEUE.",
        );
  }
}

async function hasNamespace(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
