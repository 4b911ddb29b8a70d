import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorkflowCode } from "@temporalio/worker";
import { describe, expect, it, onTestFinished } from "vitest";
import { bundleWorkflows } from "../node/workflow-bundle.ts";
import { readHistory } from "../tools/replay/history.ts";
import { replay } from "../tools/replay/replay.ts";
import { scenarios } from "../tools/replay/scenarios.ts";
import { timeline } from "../tools/replay/timeline.ts";

const FOLDER = join(import.meta.dirname, "replay");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe("the workflows as they are", () => {
  const bundle = bundleWorkflows();

  it("are held to a recorded history of every way there is", () => {
    const recorded = files.map((name) => name.replace(".json", ""));
    expect(recorded).toEqual(expect.arrayContaining(Object.keys(scenarios)));
  });

  it.each(files)("do what was recorded in %s", async (name) => {
    expect(await replay(readHistory(join(FOLDER, name)), name, bundle)).toBeNull();
  });
});

describe("a changed workflow", () => {
  /** The workflows in a folder of their own, with `from` in one of their files turned into `to`. */
  async function bundleOf(file: string, from: string, to: string): Promise<{ code: string }> {
    const folder = await mkdtemp(join(tmpdir(), "tocsin-mutant-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const root = join(import.meta.dirname, "..");
    for (const part of ["workflows", "channels/contract.ts"])
      await cp(join(root, part), join(folder, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const path = join(folder, "workflows", file);
    const source = await readFile(path, "utf8");
    expect(source).toContain(from);
    await writeFile(path, source.replace(from, to));
    const logger = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
    return await bundleWorkflowCode({ workflowsPath: join(folder, "workflows/index.ts"), logger });
  }

  it.each([
    [
      "delivered.json",
      "notify.ts",
      "let plan = await persist(notificationId);",
      "let plan = await persist(notificationId); await persist(notificationId);",
    ],
    ["scheduled.json", "notify.ts", "wait !== null;", "false;"],
    ["retried.json", "turn.ts", "await sleep(Math.min(", "void (Math.min("],
    [
      "escalated.json",
      "alert.ts",
      "work = await escalate(id)",
      "work = await escalate(id); await escalate(id)",
    ],
    ["broadcast-alert.json", "broadcast.ts", "if (alert === undefined) return;", "return;"],
  ])("is caught by %s: %s", async (name, file, from, to) => {
    const changed = bundleOf(file, from, to);
    expect(await replay(readHistory(join(FOLDER, name)), name, changed)).toMatch(
      /^Replay failed|Nondeterminism/,
    );
  });
});

describe("a recorded history", () => {
  it("reads as a timeline, a line an event", () => {
    const history = readHistory(join(FOLDER, "delivered.json"));
    const lines = timeline(history);
    expect(lines).toHaveLength(history.events.length);
    expect(lines[0]).toMatch(/^ +1 +0 ms {2}workflow execution started +notify/);
    expect(lines.join("\n")).toMatch(/persist \(attempt 1\) {2}→ \{"groups":/);
  });

  it("tells nothing of the machine that recorded it", async () => {
    for (const name of await readdir(FOLDER)) {
      const text = await readFile(join(FOLDER, name), "utf8");
      expect(text, name).not.toMatch(/"\d+@/);
      expect(text, name).not.toContain("file://");
    }
  });
});
