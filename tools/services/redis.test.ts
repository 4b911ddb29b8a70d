import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { must } from "../../config/must.ts";
import { climb } from "./ladder.ts";
import { StartProblem } from "./problem.ts";
import { isRunning } from "./process.ts";
import { redisPrograms } from "./redis-program.ts";
import { redisRungs, startRedisServer } from "./redis.ts";
import { freePorts } from "./spawn.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-redis-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function rung(name: RegExp, port?: number): Promise<unknown> {
  const rungs = port === undefined ? redisRungs(folder) : redisRungs(folder, { host: "127.0.0.1", port });
  const found = rungs.find((one) => name.test(one.name));
  if (!found) throw new Error(`no rung ${String(name)}`);
  return found.get();
}

test("REDIS_URL: not set is a miss, set and dead ends the climb", async () => {
  vi.stubEnv("REDIS_URL", "");
  await expect(rung(/REDIS_URL/)).rejects.toThrow("not set");
  const [port = 0] = await freePorts(1);
  vi.stubEnv("REDIS_URL", `redis://127.0.0.1:${port}`);
  await expect(climb("a Redis server", redisRungs(folder), [])).rejects.toThrow(StartProblem);
});

test("the local one: a miss when nobody listens or when it isn't Redis", async () => {
  const [port = 0] = await freePorts(1);
  await expect(rung(/one on/, port)).rejects.toThrow("ECONNREFUSED");
  const other = createServer((socket) => socket.resume().end("-NOAUTH Authentication required.\r\n"));
  await new Promise<void>((listening) => other.listen(port, "127.0.0.1", listening));
  await expect(rung(/one on/, port)).rejects.toThrow("NOAUTH");
  await new Promise((closed) => other.close(closed));
});

test("redis-server: a miss where it is neither on PATH nor was built", async () => {
  vi.stubEnv("PATH", folder);
  vi.stubEnv("XDG_CACHE_HOME", folder);
  await expect(rung(/redis-server on PATH/)).rejects.toThrow("not there");
  await expect(rung(/from an earlier time/)).rejects.toThrow("not there");
});

test("builds what has the release's checksum alone, in one step, also where two do so at once", async () => {
  mkdirSync(join(folder, "cache"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  const source = join(folder, "redis-7.2.11/src");
  mkdirSync(source, { recursive: true });
  const makefile = `redis-server:\n\t@echo built >> ${folder}/built; printf '#!/bin/sh\\nexit 0\\n' > redis-server; chmod +x redis-server\n`;
  writeFileSync(join(source, "Makefile"), makefile);
  execFileSync("tar", ["-czf", join(folder, "redis.tar.gz"), "-C", folder, "redis-7.2.11"]);
  const archive = readFileSync(join(folder, "redis.tar.gz"));
  const releases = createHttpServer((_, response) => response.end(archive));
  await new Promise<void>((listening) => releases.listen(0, "127.0.0.1", listening));
  const address = releases.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/redis.tar.gz`;
  const build = async (sum: string): Promise<string> =>
    await must(redisPrograms(undefined, { url, sum }).at(-1), "rung").get();
  await expect(build("0".repeat(64))).rejects.toThrow("its checksum differs");
  expect(existsSync(join(folder, "built"))).toBe(false);
  const sum = createHash("sha256").update(archive).digest("hex");
  const [one, two] = await Promise.all([build(sum), build(sum)]);
  expect(one).toBe(two);
  expect(readFileSync(one, "utf8")).toContain("exit 0");
  expect(readdirSync(join(folder, "cache/tocsin"))).toHaveLength(1);
  expect(await must(redisPrograms()[1], "rung").get()).toBe(one);
  await new Promise((closed) => releases.close(closed));
});

test("starts an own server, shares it as a local one, and stops it", async () => {
  const server = await startRedisServer({ folder });
  const shared = await rung(/one on/, server.port);
  expect(shared).toMatchObject({ url: `redis://127.0.0.1:${server.port}/15` });
  const client = createClient({ url: server.url });
  await client.connect();
  expect(await client.ping()).toBe("PONG");
  client.destroy();
  await server.stop("SIGKILL");
  expect(isRunning(server.pid)).toBe(false);
  const again = await startRedisServer({ folder, port: server.port });
  await again.stop();
});
