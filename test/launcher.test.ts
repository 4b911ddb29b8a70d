import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { must } from "../config/must.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { freePorts } from "../tools/services/spawn.ts";

const ENTRY = join(import.meta.dirname, "../tools/start/main.ts");

interface Started {
  npm: ChildProcess;
  output(): string;
  /** Whether the program that npm started still runs. */
  runs(): boolean;
}

/** `npm start` in a folder whose package.json names the program: the real one, without the set-up before it. */
async function npmStart(folder: string, env: Record<string, string>): Promise<Started> {
  const scripts = { start: `"${process.execPath}" "${ENTRY}"` };
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "start", scripts }));
  const npm = spawn("npm", ["start", "--silent"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const pid = (): number => Number(/"pid":(\d+)/.exec(output)?.[1]);
  const runs = (): boolean => {
    try {
      return process.kill(pid(), 0);
    } catch {
      return false;
    }
  };
  onTestFinished(() => {
    npm.kill("SIGKILL");
    if (runs()) process.kill(pid(), "SIGKILL");
  });
  return { npm, output: () => output, runs };
}

const isOpen = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  );

describe("npm start with real services", { timeout: 180_000 }, () => {
  let site: Site;
  let folder: string;
  beforeEach(async () => {
    site = await createSite();
    folder = await mkdtemp(join(tmpdir(), "tocsin-npm-"));
  });
  afterEach(async () => {
    await site.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "ends its node, and frees the port, when npm gets a %s",
    async (signal) => {
      const port = must((await freePorts(1))[0], "free port");
      const started = await npmStart(folder, { ...site.env, PORT: String(port) });
      await until("the node is ready", () => /"msg":"ready"/.test(started.output()), 90_000);
      expect(await isOpen(port)).toBe(true);
      started.npm.kill(signal);
      await until("its node is gone", () => !started.runs(), 60_000);
      expect(await isOpen(port)).toBe(false);
    },
  );

  test("ends while it waits for PostgreSQL", async () => {
    const started = await npmStart(folder, { ...site.env, DATABASE_URL: "postgres://nobody@127.0.0.1:9/x" });
    await until("it waits", () => /the start waits for PostgreSQL/.test(started.output()), 90_000);
    started.npm.kill("SIGTERM");
    await until("it is gone", () => !started.runs(), 60_000);
  });
});
