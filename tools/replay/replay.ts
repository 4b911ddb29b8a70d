import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Runtime, Worker } from "@temporalio/worker";
import type { InjectedSinks } from "@temporalio/worker";
import { bundleWorkflows } from "../../node/workflow-bundle.ts";
import { installRuntime } from "../../node/worker.ts";
import { createLog } from "../../config/log.ts";
import { type Difference, differenceOf } from "./difference.ts";
import type { History } from "./history.ts";
import { stepsOf } from "./steps.ts";
import type { WatchSinks, Wanted } from "./watch.ts";

/** The module that tells, from inside of the sandbox, what the code wants. */
export const WATCH = fileURLToPath(new URL("watch.ts", import.meta.url));

/** Today's workflows, watched. */
export const bundleWatched = (): Promise<{ code: string }> => bundleWorkflows({ interceptors: [WATCH] });

let installed = false;

/** A history to be replayed, and its workflow's id. */
export interface Recorded {
  workflowId: string;
  history: History;
}

/**
 * Runs workflow code over histories, one after the other.
 * @returns of each, null when it does the same, else the first difference
 */
export async function* replayEach(
  recorded: AsyncIterable<Recorded> | Iterable<Recorded>,
  bundle: Promise<{ code: string }> = bundleWatched(),
): AsyncGenerator<Recorded & { difference: Difference | null }> {
  if (!installed) {
    // The SDK's own frames alone fill a stack of the usual depth. The sandbox lets nobody change it from inside.
    setFlagsFromString("--stack-trace-limit=60");
    installRuntime(createLog("silent"));
  }
  installed = true;
  let wanted: Wanted[] = [];
  let current: Recorded | undefined;
  const sinks: InjectedSinks<WatchSinks> = {
    watch: { wants: { fn: (_info, step) => void wanted.push(step), callDuringReplay: true } },
  };
  const oneByOne = async function* (): AsyncGenerator<Recorded> {
    for await (const one of recorded) {
      wanted = [];
      current = one;
      yield one;
    }
  };
  const replays = Worker.runReplayHistories({ workflowBundle: await bundle, sinks }, oneByOne());
  for await (const { error } of replays) {
    if (current === undefined) continue;
    const difference =
      error === undefined ? null : differenceOf(stepsOf(current.history), wanted, error.message);
    yield { ...current, difference };
  }
}

/** Runs workflow code over one history: null when it does the same, else the first difference. */
export async function replay(
  history: History,
  workflowId: string,
  bundle?: Promise<{ code: string }>,
): Promise<Difference | null> {
  for await (const { difference } of replayEach([{ history, workflowId }], bundle)) return difference;
  throw new Error("a replay came to no end");
}

/** Lets the process end. */
export const endReplays = async (): Promise<void> => {
  if (installed) await Runtime.instance().shutdown();
};
