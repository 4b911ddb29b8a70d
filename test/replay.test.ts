import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { bundleWorkflowCode } from "@temporalio/worker";
import { describe, expect, it, onTestFinished } from "vitest";
import { must } from "../config/must.ts";
import { explain } from "../tools/replay/explain.ts";
import {
  codeOf,
  listFixtures,
  saveCode,
  saveFixture,
  shownPath,
  unrecorded,
} from "../tools/replay/fixtures.ts";
import { readHistory } from "../tools/replay/history.ts";
import { bundleWatched, replay, WATCH } from "../tools/replay/replay.ts";
import { scenarios } from "../tools/replay/scenarios.ts";
import { timeline } from "../tools/replay/timeline.ts";

const files = listFixtures();
/** The latest history of a scenario. */
const historyOf = (scenario: string) =>
  readHistory(
    must(
      files.findLast((path) => basename(path) === `${scenario}.json`),
      scenario,
    ),
  );

describe("the workflows as they are", () => {
  const bundle = bundleWatched();

  it("are held to a recorded history of every way there is", () => {
    const recorded = files.map((path) => basename(path, ".json"));
    expect(recorded).toEqual(expect.arrayContaining(Object.keys(scenarios)));
  });

  it.each(files.map(shownPath))("do what was recorded in %s", async (path) => {
    const difference = await replay(readHistory(path), path, bundle);
    expect(difference && explain(difference).join("\n")).toBeNull();
  });

  it("are those of a version whose histories were recorded", () => {
    expect(unrecorded()).toBeNull();
  });
});

describe("what is recorded", () => {
  const aFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), "tocsin-recorded-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return folder;
  };

  it("stands under its version and never takes another's place", async () => {
    const folder = await aFolder();
    const [first, second] = [historyOf("delivered"), historyOf("offline")];
    const paths = [
      saveFixture(first, "2026-01-01-aaaa", "delivered", folder),
      saveFixture(second, "2026-01-01-aaaa", "delivered", folder),
      saveFixture(second, "2026-01-02-bbbb", "delivered", folder),
    ];
    expect(listFixtures(folder)).toEqual(paths.toSorted());
    expect(new Set(paths).size).toBe(3);
    expect(readHistory(must(paths[0], "path"))).toEqual(first);
  });

  it("is missed in words once the workflows' code is another one", async () => {
    const folder = await aFolder();
    const code = codeOf();
    saveCode("2026-01-01-aaaa", folder, code);
    expect(unrecorded(code, folder)).toBeNull();
    const changed = { ...code, "workflows/notify.ts": "another" };
    expect(unrecorded(changed, folder)).toMatch(
      /changed since its histories were recorded \(2026-01-01-aaaa\): workflows\/notify\.ts\.[^]*npm run replay:record/,
    );
    // Back to what it was: its histories are there.
    saveCode("2026-01-02-bbbb", folder, changed);
    expect(unrecorded(code, folder)).toBeNull();
  });

  it("is told from other code by what it does, not by its comments", async () => {
    const folder = await aFolder();
    await writeFile(join(folder, "one.ts"), "export const ms: number = 1;\n");
    const before = codeOf(folder);
    await writeFile(join(folder, "one.ts"), "/** Says why. */\nexport const ms:   number = 1; // ms\n");
    expect(codeOf(folder)).toEqual(before);
    await writeFile(join(folder, "one.ts"), "export const ms: number = 2;\n");
    expect(codeOf(folder)).not.toEqual(before);
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
    const workflowsPath = join(folder, "workflows/index.ts");
    return await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules: [WATCH], logger });
  }

  it.each([
    {
      why: "a wait before what was there",
      scenario: "delivered",
      file: "notify.ts",
      from: "let plan = await persist(notificationId);",
      to: "await condition(() => false, 3_600_000);\n  let plan = await persist(notificationId);",
      says: [
        /from event \d+ on/,
        /on record +the activity persist/,
        /now +a wait of 1 h/,
        /asked for in +workflows\/notify\.ts:19 +await condition\(\(\) => false, 3_600_000\);/,
        'if (patched("notify-wait-before-persist"))',
        "await condition(() => false, 3_600_000);",
      ],
    },
    {
      why: "an activity once more",
      scenario: "delivered",
      file: "notify.ts",
      from: "let plan = await persist(notificationId);",
      to: "let plan = await persist(notificationId);\n  await persist(notificationId);",
      says: [/now +the activity persist/, /asked for in +workflows\/notify\.ts:20/],
    },
    {
      why: "a wait that is left out",
      scenario: "scheduled",
      file: "notify.ts",
      from: "wait !== null;",
      to: "false;",
      says: [/on record +a wait of/, /now +the workflow's end/],
    },
    {
      why: "a wait that is no more",
      scenario: "retried",
      file: "turn.ts",
      from: "holds.wait(deliveryId, wait) : sleep(wait)",
      to: "holds.wait(deliveryId, wait) : undefined",
      says: [/on record +a wait of/],
    },
    {
      why: "a step taken twice",
      scenario: "escalated",
      file: "alert.ts",
      from: "work = await escalate(id)",
      to: "work = await escalate(id);\n    await escalate(id)",
      says: [/now +the activity escalate/, /asked for in +workflows\/alert\.ts:\d+ +await escalate\(id\)/],
    },
    {
      why: "an error",
      scenario: "delivered",
      file: "notify.ts",
      from: "let plan = await persist(notificationId);",
      to: 'let plan = await persist(notificationId);\n  throw new TypeError("is \\"nothing\\"");',
      says: [/throws: is "nothing"/, /in workflows\/notify\.ts:20/],
    },
    {
      why: "an end that comes early",
      scenario: "broadcast-alert",
      file: "broadcast.ts",
      from: "if (alert === undefined) return;",
      to: "return;",
      says: [/now +the workflow's end/],
    },
  ])("is caught and told in words: $why", async ({ scenario, file, from, to, says }) => {
    const difference = await replay(historyOf(scenario), scenario, bundleOf(file, from, to));
    const words = explain(must(difference, "difference")).join("\n");
    for (const said of says) expect(words).toMatch(said);
  });
});

describe("a recorded history", () => {
  it("reads as a timeline, a line an event", () => {
    const history = historyOf("delivered");
    const lines = timeline(history);
    expect(lines).toHaveLength(history.events.length);
    expect(lines[0]).toMatch(/^ +1 +0 ms {2}workflow execution started +notify/);
    expect(lines.join("\n")).toMatch(/persist \(attempt 1\) {2}→ \{"groups":/);
  });

  it("tells nothing of the machine that recorded it", async () => {
    for (const name of files) {
      const text = await readFile(name, "utf8");
      expect(text, name).not.toMatch(/"\d+@/);
      expect(text, name).not.toContain("file://");
    }
  });
});
