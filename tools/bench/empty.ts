/** Empty workflows, started eagerly in a process of their own, by a worker tuned as a node's is. */
import { Client } from "@temporalio/client";
import { bundleWorkflowCode, NativeConnection, Worker } from "@temporalio/worker";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { must } from "../../config/must.ts";
import { installRuntime, TUNING } from "../../node/worker.ts";
import { createLog } from "../../config/log.ts";
import { usedByNow, type Load, measure, type Operation } from "./measure.ts";
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

process.on(
  "message",
  (load: Load) => void measure(load, operate, usedByNow).then((run) => process.send?.(run)),
);
process.once("disconnect", () => {
  worker.shutdown();
  void running.then(() => connection.close()).then(() => process.exit(0));
});
process.send?.({ ready: true });
