import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startRedisServer } from "../../tools/services/redis.ts";
import { createRedisBridge } from "./bridge.ts";
import { MemoryInbox } from "./testing/inbox.ts";
import { silent, startNode } from "./testing/node.ts";

test("Redis killed and restarted empty under two nodes: nothing lost, nothing twice, order kept", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tocsin-live-"));
  let redis = await startRedisServer({ folder });
  const { url, port } = redis;
  const inbox = new MemoryInbox();
  const sender = createRedisBridge({ url, log: silent });
  {
    await using a = await startNode({ inbox, bridge: createRedisBridge({ url, log: silent }) });
    await using b = await startNode({ inbox, bridge: createRedisBridge({ url, log: silent }) });
    const clients = await Promise.all([a.join("person1-a"), b.join("person1-b"), b.join("person1-c")]);
    let lost = 0;
    const send = async (from: number, to: number): Promise<void> => {
      for (let n = from; n <= to; n++) {
        await sender.publish("inbox-person1", inbox.change(`n${n}`)).catch(() => lost++);
      }
    };
    await send(1, 50);
    await redis.stop("SIGKILL");
    await send(51, 100);
    expect(lost).toBeGreaterThan(40);
    redis = await startRedisServer({ folder, port });
    const expected = Array.from({ length: 100 }, (_, n) => n + 1);
    for (const client of clients) expect(await client.upTo(100)).toEqual(expected);
    await expect.poll(() => sender.state()).toBe("up");
    await send(101, 120);
    for (const client of clients) expect(await client.upTo(120)).toHaveLength(120);
  }
  await sender.close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});
