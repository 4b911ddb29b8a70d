import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCounters } from "../config/counters.ts";
import type { ChannelLog } from "./plugin.ts";
import { createRegistry, findChannels, type Registry } from "./registry.ts";
import { readChannelSettings } from "../config/channels.ts";
import { createLocalBridge } from "./websocket/local-bridge.ts";
import { websocketChannel } from "./websocket/channel.ts";
import { silent } from "./websocket/testing/node.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tocsin-plugins-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const define = pathToFileURL(join(import.meta.dirname, "define.ts")).href;
const zod = import.meta.resolve("zod");

/** The source of a plugin whose configuration is `{ key }`, with some of it replaced. */
function source(name: string, fields = ""): string {
  return `
    import { defineChannel } from ${JSON.stringify(define)};
    import { z } from ${JSON.stringify(zod)};
    export default defineChannel({
      name: ${JSON.stringify(name)}, config: z.object({ key: z.string().min(8) }), hosts: () => ["api.example.com"],
      phi: "none", idempotent: true,
      start: (config) => ({ deliver: async () => ({ kind: "accepted" }), check: async () => ({ ok: false, code: "no_credit" }) }),
      ${fields}
    });`;
}

async function write(path: string, text: string): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

function registry(folder: string, env: NodeJS.ProcessEnv = {}, log: ChannelLog = silent): Promise<Registry> {
  const builtIn = [websocketChannel(createLocalBridge())];
  return createRegistry({
    builtIn,
    settings: readChannelSettings(env),
    log,
    counters: createCounters(null),
    derive: (purpose) => purpose,
    folder: join(root, folder),
  });
}

describe("the registry", () => {
  test("starts what is configured, and leaves the rest off", async () => {
    await write("two/pager/index.ts", source("pager"));
    await write("two/fax/index.ts", source("fax"));
    await write("two/notes/README.md", "no plugin");
    const found = await registry("two", {
      CHANNEL_ID: "another program's",
      CHANNEL_PAGER: '{"key":"made-up-key"}',
    });
    expect(found.names()).toEqual(["websocket", "pager"]);
    expect(found.get("pager")?.channel.phi).toBe("none");
    expect(found.get("fax")).toBeUndefined();
    expect(await found.checks()).toMatchObject([
      { name: "websocket", state: "ok", detail: null, checked_at: expect.any(String) },
      { name: "fax", state: "not_configured", detail: null, checked_at: null },
      { name: "pager", state: "down", detail: "no_credit", phi: "none" },
    ]);
    await found.stop();
    expect(found.names()).toEqual([]);
  });

  test("takes paths and packages of CHANNEL_PLUGINS, and a configuration from a file", async () => {
    const path = await write("apart/pager.mjs", source("pager"));
    const file = await write("apart/pager.json", '{"key":"made-up-key"}');
    const found = await registry("none", { CHANNEL_PLUGINS: ` ${path}, `, CHANNEL_PAGER_FILE: file });
    expect(found.names()).toEqual(["websocket", "pager"]);
    await found.stop();
  });

  test("names the plugin in each line of its log, whatever the plugin says", async () => {
    const lines: object[] = [];
    const note = (fields: object): void => void lines.push(fields);
    const log = { debug: note, info: note, warn: note, error: note };
    const start = `start: (_config, { log }) => {
      for (const level of ["debug", "info", "warn", "error"]) log[level]({ plugin: "fax", sent: 1 }, "sent");
      return { deliver() {}, check() {} };
    },`;
    await write("spoken/pager/index.ts", source("pager", start));
    const found = await registry("spoken", { CHANNEL_PAGER: '{"key":"made-up-key"}' }, log);
    expect(lines.filter((line) => "sent" in line)).toEqual(Array(4).fill({ plugin: "pager", sent: 1 }));
    await found.stop();
  });

  test("tells every fault of its plugins, and starts none of them", async () => {
    await write("faulty/a/index.ts", "throw new Error('out of paper');");
    await write("faulty/b/index.ts", source("b"));
    await write("faulty/c/index.ts", source("c"));
    const env = {
      CHANNEL_B: "{}",
      CHANNEL_C_FILE: "/nowhere/x.json",
      CHANNEL_PLUGINS: "tocsin-channel-nowhere",
    };
    const { faults } = await findChannels({
      builtIn: [],
      settings: readChannelSettings(env),
      folder: join(root, "faulty"),
    });
    expect(faults.map(({ message }) => message)).toEqual([
      expect.stringMatching("out of paper"),
      expect.stringMatching("is not installed"),
      expect.stringMatching("CHANNEL_B: key: "),
      expect.stringMatching("CHANNEL_C_FILE: the file can't be read"),
    ]);
  });

  const cases: [string, string, NodeJS.ProcessEnv, RegExp][] = [
    ["is no channel", "export default {};", {}, /index\.ts": name: is not a slug\. Use/],
    [
      "has no default export",
      "export const x = 1;",
      {},
      /index\.ts": default export: is not a channel\. Write/,
    ],
    ["does not load", "throw new Error('out of paper');", {}, /module: can't be loaded: out of paper\. Mend/],
    ["has a wrong field", source("pager", 'phi: "all",'), {}, /"pager": phi: says neither\. Write/],
    [
      "has the name of another",
      source("websocket"),
      {},
      /"websocket": name: is taken by another channel\. Rename/,
    ],
    [
      "names no host",
      source("pager", 'hosts: () => ["https://x"],'),
      { CHANNEL_PAGER: '{"key":"made-up-key"}' },
      /"pager": hosts: entry 1 is not a host\. Return/,
    ],
    [
      "throws at its start",
      source("pager", "start: () => { throw null; },"),
      { CHANNEL_PAGER: '{"key":"made-up-key"}' },
      /"pager": start: threw: something that is no Error\. Return/,
    ],
    [
      "starts nothing",
      source("pager", "start: () => undefined,"),
      { CHANNEL_PAGER: '{"key":"made-up-key"}' },
      /"pager": start\(\)\.deliver: is not a function\. Return/,
    ],
    [
      "is not configured in JSON",
      source("pager"),
      { CHANNEL_PAGER: "key=1" },
      /"pager": CHANNEL_PAGER: is not JSON\. Write/,
    ],
    [
      "is configured wrongly",
      source("pager"),
      { CHANNEL_PAGER: '{"key":"secret"}' },
      /"pager": CHANNEL_PAGER: key: .+\. Correct/,
    ],
    [
      "is configured twice",
      source("pager"),
      { CHANNEL_PAGER: "{}", CHANNEL_PAGER_FILE: "x" },
      /"pager": CHANNEL_PAGER: is set beside .+ Set/,
    ],
    [
      "has a file that is not there",
      source("pager"),
      { CHANNEL_PAGER_FILE: "/nowhere/x.json" },
      /CHANNEL_PAGER_FILE: the file can't be read\. Name/,
    ],
    [
      "is misspelt",
      source("pager"),
      { CHANNEL_PAGR: "{}" },
      /CHANNEL_PAGR: is set, but there is no such channel\. There are: pager\./,
    ],
    [
      "is not installed",
      source("pager"),
      { CHANNEL_PLUGINS: "tocsin-channel-nowhere" },
      /"tocsin-channel-nowhere": CHANNEL_PLUGINS: is not installed\. Run npm install/,
    ],
  ];
  test.each(cases.map((one, at) => [...one, at] as const))(
    "stops the start when a plugin %s",
    async (_what, text, env, message, at) => {
      const folder = `broken-${at}`;
      await write(`${folder}/pager/index.ts`, text);
      const start = registry(folder, env);
      await expect(start).rejects.toThrow(message);
      await expect(start).rejects.not.toThrow(/"secret"|secret[^s]/);
    },
  );

  test("stops what it had started when a later one fails", async () => {
    const stopped: unknown = Reflect.set(globalThis, "stoppedPagers", 0);
    expect(stopped).toBe(true);
    const start = "start: () => ({ deliver() {}, check() {}, stop() { globalThis.stoppedPagers++; } }),";
    await write("later/a/index.ts", source("a", start));
    await write("later/b/index.ts", source("b", "start: () => undefined,"));
    const env = { CHANNEL_A: '{"key":"made-up-key"}', CHANNEL_B: '{"key":"made-up-key"}' };
    await expect(registry("later", env)).rejects.toThrow('"b"');
    expect(Reflect.get(globalThis, "stoppedPagers")).toBe(1);
    Reflect.deleteProperty(globalThis, "stoppedPagers");
  });
});
