import { chmod, mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startTool, type Running } from "../../testing/tool.ts";
import { until } from "../../testing/until.ts";
import { commandLine } from "../services/process.ts";
import { FIXTURES } from "./fixtures.ts";

/** A recording that does not go through records nothing, and leaves neither servers nor their data behind. */
describe("npm run replay:record", () => {
  let temporary: string;
  let recorded: string[];
  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), "tocsin-recording-"));
    // PostgreSQL, which runs as another user, has to come to its folder.
    await chmod(temporary, 0o711);
    recorded = await readdir(FIXTURES, { recursive: true });
    onTestFinished(() => rm(temporary, { recursive: true, force: true }));
  });

  const start = (env: NodeJS.ProcessEnv = {}): Running =>
    startTool("replay/record", ["scheduled"], { HOME: process.env["HOME"], TMPDIR: temporary, ...env });

  /** What runs over the folder of a recording: the servers' names. Redis shows its folder as the one that it runs in. */
  const servers = async (): Promise<string[]> => {
    const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(
      ids.map(async (id) => {
        const line = commandLine(Number(id)) ?? "";
        const folder = await readlink(`/proc/${id}/cwd`).catch(() => "");
        return line.includes(temporary) || folder.startsWith(temporary) ? line : "";
      }),
    );
    return found.flatMap((line) => /postgres|temporal|redis/.exec(line)?.[0] ?? []);
  };

  const expectNothingLeft = async (): Promise<void> => {
    expect(await servers()).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(FIXTURES, { recursive: true })).toEqual(recorded);
  };

  it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing when it is ended by %s", async (signal) => {
    const { child, ended } = start();
    await until("all servers run", async () => new Set(await servers()).size === 3);
    child.kill(signal);
    const { status, err } = await ended;
    expect({ status, err }).toEqual({ status: 1, err: "Stopped: nothing was recorded.\n" });
    await expectNothingLeft();
  });

  it("leaves nothing when it fails once its servers run, and says why", async () => {
    const { status, out, err } = await start({ LOG_LEVEL: "loud" }).ended;
    expect(status).toBe(1);
    expect(out).toMatch(/^setting up PostgreSQL and Temporal/);
    expect(err).toMatch(/^replay:record: [^]*LOG_LEVEL/);
    await expectNothingLeft();
  });
});
