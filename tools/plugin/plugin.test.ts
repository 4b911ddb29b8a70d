import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { check as isFormatted, resolveConfig } from "prettier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { loadFolder } from "../../channels/load.ts";
import { createPlugin } from "./create.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Each of these starts a compiler or test runner of its own; ms. */
const PATIENCE_MS = 300_000;

let folder: string;
beforeAll(async () => {
  // In the tree, so that "tocsin/channel" is found, and in a folder that git and Vitest don't look at.
  await mkdir(join(ROOT, ".vitest"), { recursive: true });
  folder = await mkdtemp(join(ROOT, ".vitest", "plugin-new-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const Counts = z.object({ numPassedTests: z.number(), numFailedTests: z.number() });

interface Result {
  code: unknown;
  output: string;
}

async function run(...args: string[]): Promise<Result> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, output: out + err };
}
const plugin = (...args: string[]): Promise<Result> => run(join(import.meta.dirname, "main.ts"), ...args);
const bin = (name: string): string => join(ROOT, "node_modules", name);

describe("npm run plugin:new", () => {
  test(
    "writes a plugin that works: its own tests, run untouched, pass",
    { timeout: PATIENCE_MS },
    async () => {
      const { code, output } = await plugin("fax_2", folder);
      expect([code, output]).toEqual([0, expect.stringContaining("CHANNEL_FAX_2")]);
      expect((await readdir(join(folder, "fax_2"))).sort()).toEqual([
        "README.md",
        "index.test.ts",
        "index.ts",
      ]);
      await writeFile(join(folder, "vitest.config.mjs"), "export default {};");
      const report = join(folder, "report.json");
      const into = ["--reporter", "json", "--outputFile", report];
      const tests = await run(bin("vitest/vitest.mjs"), "run", "--root", folder, ...into);
      expect(tests.code, tests.output).toBe(0);
      const counts = Counts.parse(JSON.parse(await readFile(report, "utf8")));
      expect(counts.numFailedTests).toBe(0);
      expect(counts.numPassedTests, "the conformance suite ran").toBeGreaterThan(15);
    },
  );

  test("writes what compiles, lints and is formatted", { timeout: PATIENCE_MS }, async () => {
    const sources = createPlugin("fax_3", folder).filter((path) => path.endsWith(".ts"));
    const config = { extends: join(ROOT, "tsconfig.json"), include: ["fax_3"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const [types, lint] = await Promise.all([
      run(bin("typescript/bin/tsc"), "-p", folder),
      run(bin("oxlint/bin/oxlint"), "--type-aware", "--no-ignore", ...sources),
    ]);
    expect(types).toEqual({ code: 0, output: "" });
    expect(lint).toMatchObject({ code: 0, output: expect.stringMatching(/0 errors\.[^]* on 2 files/) });
  });

  test.each(["a", "class", `long_${"name_".repeat(5)}42`])(
    "%s stays formatted, and is that channel",
    async (name) => {
      const own = join(folder, `named-${name}`);
      for (const filepath of createPlugin(name, own)) {
        const options = { ...(await resolveConfig(join(ROOT, "package.json"))), filepath };
        expect(await isFormatted(await readFile(filepath, "utf8"), options), filepath).toBe(true);
      }
      expect((await loadFolder(own)).map((channel) => channel.name)).toEqual([name]);
      const written = await readFile(join(own, name, "README.md"), "utf8");
      expect(written).toContain(`CHANNEL_${name.toUpperCase()}='{`);
      expect(written).not.toMatch(/newchannel/i);
    },
  );

  test.each([
    ["Fax", /"Fax": name: is not a slug\. Use 1 to 32/],
    ["../fax", /"\.\.\/fax": name: is not a slug/],
    ["plugins", /"plugins" is reserved\. Choose/],
    ["secret_file", /reserved/],
    ["websocket", /"websocket": name: is taken by the live channel\. Choose another/],
    ["sms", /"sms": name: is taken by .+plugins\/sms\. Choose another/],
  ])("refuses %s, says why, and writes nothing", async (name, message) => {
    const before = await readdir(join(ROOT, "plugins"));
    const { code, output } = await plugin(name);
    expect([code, output]).toEqual([1, expect.stringMatching(message)]);
    expect(output).not.toMatch(/\n\s+at /);
    expect(await readdir(join(ROOT, "plugins"))).toEqual(before);
    expect(existsSync(join(ROOT, "fax"))).toBe(false);
  });

  test("says how it is used when no name is given", async () => {
    expect(await plugin()).toEqual({ code: 2, output: expect.stringContaining("npm run plugin:new NAME") });
  });
});
