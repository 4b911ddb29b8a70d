import { parentPort } from "node:worker_threads";
import { redact } from "../index.ts";
import type { Report, Task } from "./task.ts";

/** The code of a thread, which works on one task after the other. */
const say = (report: Report): void => parentPort?.postMessage(report);

parentPort?.on("message", ({ texts, options }: Task) => {
  try {
    say({ kind: "done", redactions: texts.map(({ text, others }) => redact(text, options, others)) });
  } catch (error) {
    say({ kind: "failed", error });
  }
});
say({ kind: "ready" });
