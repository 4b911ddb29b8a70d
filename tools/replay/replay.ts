import { Runtime, Worker } from "@temporalio/worker";
import { bundleWorkflows } from "../../node/workflow-bundle.ts";
import { installRuntime } from "../../node/worker.ts";
import { createLog } from "../../config/log.ts";
import type { History } from "./history.ts";

let installed = false;

/**
 * Runs today's workflow code over a workflow's history.
 * @returns null when it does the same, else the difference
 */
export async function replay(
  history: History,
  workflowId: string,
  bundle: Promise<{ code: string }> = bundleWorkflows(),
): Promise<string | null> {
  if (!installed) installRuntime(createLog("silent"));
  installed = true;
  try {
    await Worker.runReplayHistory({ workflowBundle: await bundle }, history, workflowId);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Lets the process end. */
export const endReplays = (): Promise<void> => Runtime.instance().shutdown();
