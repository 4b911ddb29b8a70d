import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { climb } from "./ladder.ts";
import { StartProblem } from "./problem.ts";
import { isRunning } from "./process.ts";
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

test("redis-server, redis-memory-server: a miss without the programs", async () => {
  vi.stubEnv("PATH", folder);
  vi.stubEnv("XDG_CACHE_HOME", folder);
  await expect(rung(/redis-server on PATH/)).rejects.toThrow("not there");
  await expect(rung(/redis-memory-server/)).rejects.toThrow("not there");
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
