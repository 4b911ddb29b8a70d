import { Runtime } from "@temporalio/worker";
import { expect, it } from "vitest";
import { createLog } from "../config/log.ts";
import { installRuntime } from "./worker.ts";

it("hands the SDK's warnings on, but for what is meant: a plugin's worker has no workflows", async () => {
  const lines: { level: number; msg: string }[] = [];
  installRuntime(createLog("info", { write: (line: string) => void lines.push(JSON.parse(line)) }));
  const { logger } = Runtime.instance();
  logger.warn("No workflows registered, not polling for workflow tasks");
  logger.warn("Failed to heartbeat");
  await Runtime.instance().shutdown();
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([[40, "Failed to heartbeat"]]);
});
