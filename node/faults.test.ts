import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { createMigratedDatabase } from "../testing/database.ts";
import { COMPILED } from "../testing/tool.ts";
import { until } from "../testing/until.ts";

const QUOTED = "Object.assign(new Error('SSN 123-45-6789'), { detail: 'Imogen Vance' })";
/** What a channel must not do: what it throws here, nobody catches. */
const FAULTS = [
  `void Promise.reject(${QUOTED});`,
  `setTimeout(() => { throw ${QUOTED}; });`,
  "setTimeout(() => { throw 'SSN 123-45-6789, Imogen Vance'; });",
] as const;

/** A channel with a fault, at once, or once there is a file beside it. */
const plugin = (fault: string, late: boolean): string => `
import { existsSync } from "node:fs";
const fail = () => { ${fault} };
const wait = () => (existsSync(new URL("now", import.meta.url)) ? fail() : setTimeout(wait, 20));
export default {
  name: "careless", phi: "redacted", idempotent: false, config: { safeParse: (data) => ({ success: true, data }) }, hosts: () => [],
  start: () => {
    ${late ? "wait" : "fail"}();
    return { deliver: async () => ({ kind: "delivered" }), check: async () => ({ ok: true }) };
  },
};`;

/** The programs in which a node runs. */
describe.each(["api/main.ts", "tools/start/main.ts"])("%s", (program) => {
  it.each([
    ["at the start", FAULTS[0], false],
    ["once it runs", FAULTS[1], true],
    ["once it runs", FAULTS[2], true],
  ] as const)(
    "says of what nothing caught where it was, never its text: %s, %s",
    async (_when, fault, late) => {
      const database = await createMigratedDatabase();
      const home = await mkdtemp(join(tmpdir(), "tocsin-faults-"));
      onTestFinished(async () => {
        await database.drop();
        await rm(home, { recursive: true, force: true });
      });
      const file = join(home, "careless.mjs");
      await writeFile(file, plugin(fault, late));
      const child = execFile(process.execPath, [join(import.meta.dirname, "..", program), "--role=api"], {
        env: {
          PATH: process.env["PATH"],
          NODE_COMPILE_CACHE: COMPILED,
          DATABASE_URL: database.url,
          REDIS_URL: inject("redisUrl"),
          // Nothing listens there: an API takes sends in meanwhile.
          TEMPORAL_ADDRESS: "127.0.0.1:1",
          TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}`,
          TOCSIN_HOME: home,
          PORT: "0",
          HOST: "127.0.0.1",
          CHANNEL_PLUGINS: file,
          CHANNEL_CARELESS: "{}",
        },
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream?.on("data", (chunk: string) => (output += chunk));
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      if (late) {
        await until("it runs", () => output.includes('"msg":"ready"'));
        await writeFile(join(home, "now"), "");
      }
      expect(await ended, output).toBe(1);
      expect(output).toMatch(/a fault that nothing caught|a fault of its own/);
      if (fault.includes("Error")) expect(output).toContain("careless.mjs");
      else expect(output).toContain('"type":"string"');
      expect(output).not.toMatch(/123-45|Imogen/);
    },
  );
});
