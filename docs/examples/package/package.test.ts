import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MEMBER, startSlack, TOKEN } from "../slack/fixture.ts";

const ROOT = join(import.meta.dirname, "../../..");
const NAME = "tocsin-channel-slack";
/** The compiler, npm and nodes are programs of their own; ms. */
const PATIENCE_MS = 300_000;

let folder: string;
let source: string;
let site: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tocsin-package-")));
  source = join(folder, NAME);
  site = join(folder, "site");
  await mkdir(site);
  await cp(join(ROOT, "docs/examples/slack"), join(source, "src"), { recursive: true });
  for (const file of ["package.json", "tsconfig.json"]) {
    await cp(join(import.meta.dirname, file), join(source, file));
  }
  // What `npm install` puts there, without a network: Tocsin's checkout as a link, as it does for "file:../tocsin".
  for (const name of ["zod", "vitest", "@types/node", "undici-types"]) {
    await mkdir(join(source, "node_modules/@types"), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), join(source, "node_modules", name));
  }
  await symlink(ROOT, join(source, "node_modules/tocsin"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Result {
  code: unknown;
  output: string;
}

async function run(command: string, args: string[], cwd: string, env: object = {}): Promise<Result> {
  const PATH = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  const own = {
    HOME: folder,
    PATH,
    npm_config_cache: join(folder, "cache"),
    npm_config_update_notifier: "false",
  };
  const child = spawn(command, args, { cwd, env: { ...own, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, output: out + err };
}

async function must(...given: Parameters<typeof run>): Promise<string> {
  const { code, output } = await run(...given);
  expect(code, `${given[0]} ${given[1].join(" ")}: ${output}`).toBe(0);
  return output;
}

/** A node in the folder in which the package is installed. */
const node = (env: Record<string, string>): Promise<Result> =>
  run(process.execPath, [join(import.meta.dirname, "node.ts"), "slack", MEMBER], site, env);

test("its tests run in its own folder", { timeout: PATIENCE_MS }, async () => {
  const output = await must("npx", ["--no-install", "vitest", "run", "--reporter", "verbose"], source);
  expect(output).toContain("the channel slack");
});

test("it is built, packed, installed, and delivers in a node", { timeout: PATIENCE_MS }, async () => {
  await must("npm", ["pack", "--pack-destination", folder], source);
  expect(await readdir(join(source, "dist"))).toEqual(["index.js"]);
  expect(await readFile(join(source, "dist/index.js"), "utf8")).toContain('from "tocsin/channel"');
  await must(
    "npm",
    ["pack", "--ignore-scripts", "--pack-destination", folder, join(ROOT, "node_modules/zod")],
    folder,
  );
  await writeFile(join(site, "package.json"), '{ "private": true }');
  const tarballs = (await readdir(folder))
    .filter((file) => file.endsWith(".tgz"))
    .map((file) => `../${file}`);
  expect(tarballs).toHaveLength(2);
  await must("npm", ["install", "--offline", "--no-audit", "--no-fund", ...tarballs], site);
  const installed = join(site, "node_modules", NAME);
  expect([await realpath(installed), await readdir(installed)]).toEqual([
    installed,
    ["dist", "package.json"],
  ]);
  expect(existsSync(join(site, "node_modules/tocsin")), "the running program is the only Tocsin").toBe(false);

  const slack = await startSlack();
  const settings = (more: object = {}): string =>
    JSON.stringify({ token: TOKEN, base_url: slack.url, ...more });
  const delivered = await node({ CHANNEL_PLUGINS: NAME, CHANNEL_SLACK: settings() });
  expect(JSON.parse(delivered.output)).toMatchObject({
    settled: { status: "accepted", providerId: expect.stringMatching(/^D024BE91L:/) },
    state: "ok",
  });
  expect(slack.posts).toMatchObject([{ channel: MEMBER, text: "You have a message." }]);

  const file = join(installed, "dist/index.js");
  const byPath = await node({ CHANNEL_PLUGINS: file, CHANNEL_SLACK: settings({ token: "xoxb-wrong" }) });
  expect(JSON.parse(byPath.output)).toMatchObject({ settled: { status: "failed", reason: "invalid_auth" } });
  await slack.close();

  const unreached = await node({ CHANNEL_PLUGINS: NAME, CHANNEL_SLACK: settings() });
  expect(JSON.parse(unreached.output), "it shares the program's EgressError").toEqual({
    settled: { status: "queued", reason: "connect_failed" },
    state: "down",
    detail: "unreachable",
  });
  const wrong = await node({ CHANNEL_PLUGINS: NAME, CHANNEL_SLACK: settings({ tokn: "x" }) });
  expect([wrong.code, wrong.output]).toEqual([1, expect.stringMatching(/"slack": CHANNEL_SLACK: .*"tokn"/)]);
});
