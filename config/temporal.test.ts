import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { expect, inject, onTestFinished, test } from "vitest";
import { createLog } from "./log.ts";
import { linkTemporal } from "./temporal.ts";

test("a namespace that is not there is said in words, and waited for", async () => {
  const [address, namespace] = [inject("temporalAddress"), `missing-${inject("runId")}`];
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const link = linkTemporal({ address, namespace, taskQueue: "tocsin" }, log);
  onTestFinished(() => link.close());
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  expect(JSON.parse(lines[0] ?? "").msg).toBe(
    `Temporal at ${address} has no namespace "${namespace}": make it (temporal operator namespace create -n ${namespace}), ` +
      "or correct TEMPORAL_NAMESPACE; sends are accepted, and start once that is well",
  );
  expect(link.current()).toBeNull();

  const admin = await Connection.connect({ address });
  onTestFinished(() => admin.close());
  await admin.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs("1 day"),
  });
  expect(await link.ready).toBe(link.current());
});
