/** Empty workflows, started eagerly in a process of their own, by a worker tuned as a node's is. */
import { Client } from "@temporalio/client";
import { bundleWorkflowCode, NativeConnection, Worker } from "@temporalio/worker";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { must } from "../../config/must.ts";
import { installRuntime, TUNING } from "../../node/worker.ts";
import { createLog } from "../../config/log.ts";
import { type Load, measure, type Operation, usedByNow } from "./measure.ts";
import type { empty } from "./workflow.ts";

const quiet = createLog("silent");
installRuntime(quiet);
const connection = await NativeConnection.connect({
  address: must(process.env["TEMPORAL_ADDRESS"], "TEMPORAL_ADDRESS"),
});
const taskQueue = `bench-${randomUUID()}`;
const worker = await Worker.create({
  ...TUNING,
  connection,
  taskQueue,
  workflowBundle: await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("workflow.ts", import.meta.url)),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  }),
});
const running = worker.run();
const client = new Client({ connection });

function operate(): Operation {
  const started = client.workflow.start<typeof empty>("empty", {
    workflowId: randomUUID(),
    taskQueue,
    requestEagerStart: true,
    workflowTaskTimeout: "5 seconds",
  });
  return {
    accepted: started.then(() => performance.now()),
    done: started.then((handle) => handle.result()).then(() => performance.now()),
  };
}

/** A load is applied; anything else asks what the process has used. */
process.on("message", (question: Partial<Load>) => {
  const { count, lanes, until } = question;
  if (count === undefined || lanes === undefined || until === undefined)
    return void process.send?.(usedByNow());
  void measure({ count, lanes, until }, operate, usedByNow).then((run) => process.send?.(run));
});
process.once("disconnect", () => {
  worker.shutdown();
  void running.then(() => connection.close()).then(() => process.exit(0));
});
process.send?.({ ready: true });
