import { parentPort } from "node:worker_threads";
import { redact } from "../index.ts";
import type { Outcome, Report, Task } from "./task.ts";

/** The code of a thread, which works on one message after the other. */
const say = (report: Report): void => parentPort?.postMessage(report);

function perform({ texts, options }: Task): Outcome {
  try {
    return { redactions: texts.map(({ text, others }) => redact(text, options, others)) };
  } catch (error) {
    return { error };
  }
}

parentPort?.on("message", (tasks: Task[]) => say({ kind: "done", outcomes: tasks.map(perform) }));
say({ kind: "ready" });
