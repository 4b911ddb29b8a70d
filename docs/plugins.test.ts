import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DEFAULT_TIMEOUT_MS, type Channel } from "../channels/plugin.ts";
import { loadFolder } from "../channels/load.ts";
import { variableOf } from "../channels/settings.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): Promise<string> => readFile(join(ROOT, path), "utf8");
const guide = await read("docs/plugins.md");

interface Documented {
  channel: Channel;
  folder: string;
  readme: string;
}
async function documented(parent: string): Promise<Documented[]> {
  const channels = await loadFolder(join(ROOT, parent));
  const folders = readdirSync(join(ROOT, parent)).filter((name) =>
    existsSync(join(ROOT, parent, name, "index.ts")),
  );
  return Promise.all(
    folders.sort().map(async (folder, at) => {
      const channel = channels[at];
      if (channel === undefined) throw new Error(`${folder} did not load`);
      return { channel, folder, readme: await read(join(parent, folder, "README.md")) };
    }),
  );
}
const inTree = await documented("plugins");
const template = (await documented("tools/plugin")).map((one) => ({ ...one, folder: one.channel.name }));
const all = [...inTree, ...template, ...(await documented("docs/examples"))];

/** The rows of the Markdown table whose header begins with `first`, as cells. */
function table(text: string, first: string): string[][] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| ${first} +\\|`).test(line));
  if (start < 0) throw new Error(`there must be a table whose first column is headed "${first}"`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? rows.length : end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
const quoted = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

const Declared = z.object({ properties: z.record(z.string(), z.object({ default: z.unknown() }).partial()) });
const declared = ({ config }: Channel) =>
  Declared.parse(z.toJSONSchema(config, { io: "input", unrepresentable: "any" })).properties;

/** The README's example of a configuration, with placeholders filled in. */
function example({ channel, readme }: Documented): unknown {
  const variable = variableOf(channel.name);
  const text = new RegExp(`${variable}='({[^']+})'`).exec(readme)?.[1];
  if (text === undefined) throw new Error(`its README must have an example: ${variable}='{ … }', in JSON`);
  return channel.config.parse(JSON.parse(text.replaceAll("…", "0".repeat(32))));
}

describe.each(all.map((one) => [one.folder, one] as const))("what %s says of itself", (folder, one) => {
  const { channel, readme } = one;

  test("is called like its folder, and by its variable", () => {
    expect(channel.name).toBe(folder);
    const said = `Off until \`${variableOf(folder)}\` is set`;
    expect(readme.replace(/\s+/g, " "), `its README must say: ${said}`).toContain(said);
  });

  test("names every key of its configuration, no other, and their defaults", () => {
    const rows = table(readme, "key");
    const keys = rows.flatMap(([cell]) => quoted(cell).map((key) => key.split(".")[0] ?? ""));
    const properties = declared(channel);
    expect(
      [...new Set(keys)].sort(),
      "the rows of the README's table of keys, of which the first column is `key`",
    ).toEqual(Object.keys(properties).sort());
    for (const [key, { default: value }] of Object.entries(properties)) {
      if (typeof value !== "string" && typeof value !== "number") continue;
      const row = rows.find(([cell]) => quoted(cell).includes(key));
      expect(row?.at(-1), `the default of ${key}`).toContain(String(value));
    }
  });

  test("gives an example that is taken, and names the hosts that it leads to", () => {
    for (const host of channel.hosts(example(one)).map((name) => name.replace(/:\d+$/, "")))
      expect(readme, `its README must name the host that its example leads to, ${host}`).toContain(host);
  });
});

test("package.json offers what plugins import, and the guide lists it", async () => {
  const { exports } = z
    .object({ exports: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await read("package.json")));
  expect(Object.keys(exports)).toEqual(["./channel", "./client", "./testkit"]);
  for (const entry of ["channel", "testkit"]) {
    const names = Object.keys((await import(join(ROOT, exports[`./${entry}`] ?? ""))) as object);
    const told = new RegExp(`\`tocsin/${entry}\` exports ([^.]+)\\.`).exec(guide)?.[1];
    expect(quoted(told).sort(), entry).toEqual(names.sort());
  }
});

test("the guide's table of plugins is what they declare", async () => {
  const rows = table(guide, "plugin");
  expect(rows.length).toBeGreaterThan(1);
  for (const [link, reaches = "", phi, idempotent, timeout, callbacks] of rows) {
    // A plugin that is new in the tree need not be in the table yet.
    const one = inTree.find(({ folder }) => link === `[${folder}](../plugins/${folder}/README.md)`);
    if (one === undefined) throw new Error(`${link} is no plugin`);
    const { channel } = one;
    const config = example(one);
    const hosts = channel.hosts(config).map((host) => host.replace(/:\d+$/, ""));
    const keys = quoted(reaches).flatMap((name) => z.looseObject({}).parse(config)[name] ?? name);
    expect(hosts, one.folder).toEqual(keys);
    const unused = (): never => {
      throw new Error("not reached");
    };
    const limiter = () => ({ take: unused });
    const silent = { debug: unused, info: unused, warn: unused, error: unused };
    const secret = (name: string): string => createHash("sha256").update(name).digest("base64url");
    const deps = { fetch: unused, connect: unused, limiter, secret, log: silent };
    const instance = await channel.start(config, deps);
    expect({ phi, idempotent, timeout, callbacks }, one.folder).toEqual({
      phi: `\`${channel.phi}\``,
      idempotent: channel.idempotent ? "yes" : "no",
      timeout: `${(channel.timeoutMs ?? DEFAULT_TIMEOUT_MS) / 1_000} s`,
      callbacks: instance.status === undefined ? "no" : "yes",
    });
  }
});

test("the guide's code is the tested files' own", async () => {
  const blocks = [...guide.matchAll(/<!-- (\S+) -->\n\n```\w+\n([^]*?)\n```/g)];
  expect(blocks.map(([, path]) => path)).toEqual([
    "examples/slack/index.ts",
    "examples/slack/index.test.ts",
    "examples/mllp/index.ts",
    "examples/package/package.json",
    "examples/package/tsconfig.json",
  ]);
  for (const [, path = "", code = ""] of blocks) {
    const file = await read(join("docs", path));
    if (path.endsWith(".json")) expect(JSON.parse(code)).toEqual(JSON.parse(file));
    else expect(file).toContain(code);
  }
});
