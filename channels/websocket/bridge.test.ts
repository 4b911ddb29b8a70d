import { createClient } from "redis";
import { afterEach, describe, expect, inject, test } from "vitest";
import { must } from "../../config/must.ts";
import { createLocalBridge } from "./local-bridge.ts";
import { createRedisBridge } from "./redis-bridge.ts";
import type { Bridge, Hint } from "./bridge.ts";
import { silent } from "./testing/node.ts";

const url = inject("redisUrl");
const prefix = `tocsin-test-${inject("runId")}-${process.pid}`;
const never = new AbortController().signal;
const open: Bridge[] = [];

function redisBridge(): Bridge {
  const bridge = createRedisBridge({ url, prefix, log: silent });
  open.push(bridge);
  return bridge;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((bridge) => bridge.close()));
});

describe.each([
  ["local", () => createLocalBridge()],
  ["redis", redisBridge],
])("the %s bridge", (_name, create) => {
  test("tells the listeners, and counts nobody else", async () => {
    const bridge = create();
    const { promise, resolve } = Promise.withResolvers<Hint>();
    const stop = await bridge.subscribe("a", resolve);
    expect(await bridge.publish("a", { seq: 7, id: "n" })).toBe(1);
    expect(await promise).toEqual({ seq: 7, id: "n" });
    expect(await bridge.publish("b", { seq: 1, id: "n" })).toBe(0);
    await stop();
    expect(await bridge.publish("a", { seq: 8, id: "n" })).toBe(0);
    await bridge.close();
  });

  test("says which inboxes somebody listens to, and on how many nodes", async () => {
    const bridge = create();
    const stop = await bridge.subscribe("a", () => {});
    await bridge.subscribe("a", () => {});
    expect(await bridge.nodesOf(["b", "a"])).toEqual([0, 1]);
    expect(await bridge.nodesOf([])).toEqual([]);
    expect(await bridge.online()).toEqual(["a"]);
    await stop();
    expect(await bridge.online()).toEqual(["a"]);
    await bridge.close();
  });

  test("keeps one listener of an inbox while another stops and comes back", async () => {
    const bridge = create();
    const heard: number[] = [];
    await bridge.subscribe("a", ({ seq }) => heard.push(seq));
    const stop = await bridge.subscribe("a", () => heard.push(-1));
    await Promise.all([stop(), stop()]);
    const again = await bridge.subscribe("a", ({ seq }) => heard.push(10 + seq));
    await bridge.publish("a", { seq: 2, id: "n" });
    await expect.poll(() => heard).toEqual([2, 12]);
    await again();
    await bridge.close();
  });

  test("ends the wait for a receipt by the hint, the time, an abort, a cancel or its close", async () => {
    const bridge = create();
    await bridge.subscribe("a", () => {});
    const [hinted, late] = [bridge.awaitReceipt("n1", 5_000, never), bridge.awaitReceipt("n2", 10, never)];
    const abort = new AbortController();
    const [aborted, cancelled] = [
      bridge.awaitReceipt("n1x", 5_000, abort.signal),
      bridge.awaitReceipt("n2", 5_000, never),
    ];
    bridge.hint("n1");
    abort.abort();
    cancelled.cancel();
    expect(await Promise.all([hinted, late, aborted, cancelled].map(({ promise }) => promise))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(await bridge.awaitReceipt("n1", 5_000, AbortSignal.abort()).promise).toBe(false);
    const last = bridge.awaitReceipt("n9", 5_000, never);
    await bridge.close();
    expect(await last.promise).toBe(false);
  });
});

test("hints and changes cross from process to process; an independent client sees ids and numbers only", async () => {
  const [worker, node] = [redisBridge(), redisBridge()];
  const watcher = createClient({ url });
  await watcher.connect();
  const seen: string[] = [];
  await watcher.pSubscribe(`${prefix}:*`, (payload, channel) =>
    seen.push(`${channel.slice(prefix.length)} ${payload}`),
  );
  const { promise, resolve } = Promise.withResolvers<Hint>();
  await node.subscribe("inbox", resolve);
  await worker.subscribe("other", () => {});
  const receipt = worker.awaitReceipt("n1", 60_000, never);
  expect(await worker.publish("inbox", { seq: 1, id: "n1" })).toBe(1);
  await promise;
  node.hint("n1");
  expect(await receipt.promise).toBe(true);
  await expect
    .poll(() => seen)
    .toEqual([
      expect.stringMatching(/^:inbox:inbox \{"seq":1,"id":"n1","from":"[0-9a-f-]{36}"\}$/),
      ':receipts ["n1"]',
    ]);
  watcher.destroy();
});

test("a node hears of its own changes at once, and once though Redis brings them back", async () => {
  const [own, other] = [redisBridge(), redisBridge()];
  const heard: string[] = [];
  await own.subscribe("a", ({ seq }) => heard.push(`own ${seq}`));
  await other.subscribe("a", ({ seq }) => heard.push(`other ${seq}`));
  expect(await own.publish("a", { seq: 1, id: "n" })).toBe(2);
  expect(heard[0]).toBe("own 1");
  // In Redis's order, what came before it has come back by then.
  await other.publish("a", { seq: 2, id: "n" });
  await expect.poll(() => heard).toContain("own 2");
  await expect.poll(() => heard.toSorted()).toEqual(["other 1", "other 2", "own 1", "own 2"]);
});

test("progress and receipts wake who listens for them on another node, until it stops", async () => {
  const [worker, node] = [redisBridge(), redisBridge()];
  await Promise.all([worker.subscribe("a", () => {}), node.subscribe("a", () => {})]);
  const woken: string[] = [];
  const stop = node.onProgress("n1", () => woken.push("n1"));
  node.onProgress("n2", () => woken.push("n2"));
  worker.hintProgress("n1");
  await expect.poll(() => woken).toEqual(["n1"]);
  worker.hint("n2");
  await expect.poll(() => woken).toEqual(["n1", "n2"]);
  stop();
  worker.hintProgress("n1");
  worker.hint("n2");
  await expect.poll(() => woken).toEqual(["n1", "n2", "n2"]);
});

test("a message that can't be read is dropped and counted", async () => {
  let dropped = 0;
  const metrics = { count: () => void dropped++, ping() {}, receipt() {} };
  const bridge = createRedisBridge({ url, prefix, log: silent, metrics });
  open.push(bridge);
  const heard: Hint[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await bridge.subscribe("inbox", (change) => {
    heard.push(change);
    if (change.seq === 9) resolve();
  });
  const other = createClient({ url });
  await other.connect();
  for (const payload of [
    "",
    "{",
    "null",
    '{"seq":"1","id":"n"}',
    '{"seq":-1,"id":"n"}',
    '{"seq":1}',
    "\u0000",
  ]) {
    await other.publish(`${prefix}:inbox:inbox`, payload);
  }
  await other.publish(`${prefix}:receipts`, '{"ids":1}');
  await other.publish(`${prefix}:inbox:inbox`, '{"seq":9,"id":"n","text":"ignored"}');
  await promise;
  expect(heard).toEqual([{ seq: 9, id: "n" }]);
  await expect.poll(() => dropped).toBe(8);
  other.destroy();
});

test("with Redis out of reach a publish fails soon but tells the node itself, and a subscription waits without blocking", async () => {
  const warnings: object[] = [];
  const log = { ...silent, warn: (fields: object) => void warnings.push(fields) };
  const bridge = createRedisBridge({ url: "redis://127.0.0.1:1", prefix, log });
  open.push(bridge);
  const start = performance.now();
  const heard: Hint[] = [];
  await bridge.subscribe("inbox", (change) => heard.push(change));
  await expect(bridge.publish("inbox", { seq: 1, id: "n" })).rejects.toThrow();
  // Its own sockets are told all the same.
  expect(heard).toEqual([{ seq: 1, id: "n" }]);
  expect(performance.now() - start).toBeLessThan(30_000);
  expect(bridge.state()).toBe("down");
  // Either may be the first.
  const clients = () => new Set(warnings.map((fields) => Reflect.get(fields, "client")));
  await expect.poll(clients).toEqual(new Set(["publisher", "subscriber"]));
  expect(warnings).toHaveLength(2);
});

test("a connection that Redis cuts comes back, subscribed, and says so", async () => {
  const bridge = redisBridge();
  const { promise: heard, resolve } = Promise.withResolvers<Hint>();
  await bridge.subscribe("inbox", resolve);
  await expect.poll(() => bridge.state()).toBe("up");
  const back = new Promise<void>((resolveBack) => bridge.onReconnect(resolveBack));
  const missed = new Promise<void>((wake) => bridge.onProgress("n1", wake));
  const admin = createClient({ url });
  await admin.connect();
  const clients = String(await admin.sendCommand(["CLIENT", "LIST"]));
  const line = clients.split("\n").find((one) => one.includes(`name=${prefix}-subscriber`));
  await admin.sendCommand([
    "CLIENT",
    "KILL",
    "ID",
    must(/id=(\d+)/.exec(must(line, "line of the client"))?.[1], "id in it"),
  ]);
  await Promise.all([back, missed]);
  expect(await bridge.publish("inbox", { seq: 3, id: "n" })).toBe(1);
  expect(await heard).toEqual({ seq: 3, id: "n" });
  admin.destroy();
});
