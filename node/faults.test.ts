import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import { createMigratedDatabase } from "../testing/database.ts";
import { COMPILED } from "../testing/tool.ts";

/** What a channel must not do: what it throws here, nobody catches. */
const plugin = (fault: string): string => `export default {
  name: "careless", phi: "redacted", idempotent: false, config: { safeParse: (data) => ({ success: true, data }) }, hosts: () => [],
  start: () => {
    ${fault}
    return { deliver: async () => ({ kind: "delivered" }), check: async () => ({ ok: true }) };
  },
};`;
const QUOTED = "Object.assign(new Error('SSN 123-45-6789'), { detail: 'Imogen Vance' })";

it.each([`Promise.reject(${QUOTED});`, `setTimeout(() => { throw ${QUOTED}; });`])(
  "says of what nothing caught where it was, never its text: %s",
  async (fault) => {
    const database = await createMigratedDatabase();
    const home = await mkdtemp(join(tmpdir(), "tocsin-faults-"));
    onTestFinished(async () => {
      await database.drop();
      await rm(home, { recursive: true, force: true });
    });
    const file = join(home, "careless.mjs");
    await writeFile(file, plugin(fault));
    const { promise, resolve } = Promise.withResolvers<{ status: number | null; output: string }>();
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, "../api/main.ts"), "--role=api"],
      {
        env: {
          PATH: process.env["PATH"],
          NODE_COMPILE_CACHE: COMPILED,
          DATABASE_URL: database.url,
          REDIS_URL: inject("redisUrl"),
          // Nothing listens there: the fault comes before the node is ready.
          TEMPORAL_ADDRESS: "127.0.0.1:1",
          TOCSIN_MASTER_KEY: `k1:${randomBytes(32).toString("base64")}`,
          TOCSIN_HOME: home,
          PORT: "0",
          HOST: "127.0.0.1",
          CHANNEL_PLUGINS: file,
          CHANNEL_CARELESS: "{}",
        },
      },
      (_error, out, err) => resolve({ status: child.exitCode, output: out + err }),
    );
    const { status, output } = await promise;
    expect(output).toContain("a fault that nothing caught");
    expect(output).toContain("careless.mjs");
    expect(output).not.toMatch(/123-45|Imogen/);
    expect(status).toBe(1);
  },
);
