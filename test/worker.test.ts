import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSite, type Site } from "../testing/site.ts";

const PROGRAM = fileURLToPath(new URL("../api/main.ts", import.meta.url));

let site: Site;
beforeAll(async () => {
  site = await createSite();
});
afterAll(() => site.close());

it("a node that can't have workers ends with an error, so that it is noticed and started again", async () => {
  const env = { TEMPORAL_NAMESPACE: "nowhere" };
  const node = await site.start({ role: "worker", entry: PROGRAM, env });
  await node.exited;
  expect(node.process.exitCode).toBe(1);
  expect(node.lines.join("\n")).toContain("no worker could be started");
});
