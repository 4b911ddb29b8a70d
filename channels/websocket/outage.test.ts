import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRedisServer, type RedisServer } from "../../tools/services/redis.ts";
import { createRedisBridge } from "./redis-bridge.ts";
import { MemoryInbox } from "./testing/inbox.ts";
import { silent, startNode } from "./testing/node.ts";

let folder: string;
let redis: RedisServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tocsin-live-"));
  redis = await startRedisServer({ folder });
});
afterEach(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

test("Redis killed and restarted empty under two nodes: nothing lost, nothing twice, order kept", async () => {
  const { url, port } = redis;
  const inbox = new MemoryInbox();
  await using a = await startNode({ inbox, bridge: createRedisBridge({ url, log: silent }) });
  await using b = await startNode({ inbox, bridge: createRedisBridge({ url, log: silent }) });
  const clients = await Promise.all([a.join("person1-a"), b.join("person1-b"), b.join("person1-c")]);
  const send = async (from: number, to: number): Promise<number> => {
    let lost = 0;
    for (let n = from; n <= to; n++) {
      await a.bridge.publish("inbox-person1", inbox.change(`n${n}`)).catch(() => lost++);
    }
    return lost;
  };
  await send(1, 50);
  await redis.stop("SIGKILL");
  expect(await send(51, 100)).toBeGreaterThan(40);
  const expected = Array.from({ length: 100 }, (_, n) => n + 1);
  // The node that made the changes shows them to its own sockets without Redis.
  expect(await clients[0]?.upTo(100)).toEqual(expected);
  redis = await startRedisServer({ folder, port });
  for (const client of clients) expect(await client.upTo(100)).toEqual(expected);
  await expect.poll(() => a.bridge.state()).toBe("up");
  await send(101, 120);
  for (const client of clients) expect(await client.upTo(120)).toHaveLength(120);
});
