import { describe, expect, test } from "vitest";
import { createLocalBridge } from "./local-bridge.ts";
import type { Bridge } from "./bridge.ts";
import { startNode } from "./testing/node.ts";

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("live flow", () => {
  test("begins at the position of the hello plus one, and keeps the order", async () => {
    await using node = await startNode();
    node.inbox.change("old");
    const client = await node.join();
    for (const n of range(1, 300)) await node.notify(`n${n}`);
    expect(await client.upTo(301)).toEqual(range(2, 301));
  });

  test("loses nothing and repeats nothing when hints are dropped, doubled and out of order", async () => {
    const unruly = misdeliver(createLocalBridge());
    await using node = await startNode({ bridge: unruly.bridge });
    const client = await node.join();
    for (const n of range(1, 500)) await node.notify(`n${n}`);
    await unruly.calm();
    await node.notify("last");
    expect(await client.upTo(501)).toEqual(range(1, 501));
  });

  test("finds a change that no hint announced", async () => {
    await using node = await startNode({ limits: { pingMs: 200, checkEveryPings: 1 } });
    const client = await node.join();
    node.inbox.change("n1");
    expect(await client.upTo(1)).toEqual([1]);
    expect(node.counts.get("changes_missed")).toBe(1);
  });

  test("says that superseded numbers are final, so that no client takes them for a loss", async () => {
    await using node = await startNode();
    const client = await node.join();
    node.inbox.change("n1");
    node.inbox.change("n1", { status: "read" });
    await node.bridge.publish("inbox-person1", node.inbox.change("n2"));
    await client.upTo(3);
    expect(client.frames.slice(1)).toMatchObject([
      { type: "resumed", seq: 1, after: 0 },
      { type: "notification", seq: 2, notification: { status: "read" } },
      { type: "notification", seq: 3 },
    ]);
  });

  test("says how much needs its person: at the start, and with the last of the changes that go together", async () => {
    await using node = await startNode({ limits: { pageSize: 2 } });
    node.inbox.change("old", { priority: "critical" });
    const client = await node.join();
    expect(client.frames[0]).toMatchObject({ counts: { unacknowledged_critical: 1, unread: 1, open: 1 } });
    for (const n of range(1, 3)) node.inbox.change(`n${n}`);
    await node.notify("n4");
    await client.upTo(5);
    expect(client.frames.slice(1).map((frame) => "counts" in frame)).toEqual([false, true, false, true]);
    expect(client.frames.at(-1)).toMatchObject({
      counts: { unacknowledged_critical: 1, unread: 5, open: 5 },
    });
  });

  test("misses no change between the position and the hello", async () => {
    await using node = await startNode();
    const read = node.inbox.begin.bind(node.inbox);
    node.inbox.begin = async (identity) => {
      const begun = await read(identity);
      if (begun.position === 0) await node.notify("meanwhile");
      return begun;
    };
    const client = await node.join();
    expect(await client.upTo(1)).toEqual([1]);
    expect(client.frames[0]).toMatchObject({ type: "hello", seq: 0 });
  });

  test("goes on from its position once the store is back", async () => {
    await using node = await startNode();
    const client = await node.join();
    await node.notify("n1");
    await client.upTo(1);
    node.inbox.away = true;
    await node.notify("n2");
    await expect.poll(() => node.counts.get("store_errors")).toBeGreaterThan(1);
    await node.notify("n3");
    node.inbox.away = false;
    expect(await client.upTo(3)).toEqual([1, 2, 3]);
  });

  test("greets once the store is back", async () => {
    await using node = await startNode();
    node.inbox.away = true;
    const client = await node.connect().opened();
    await expect.poll(() => node.counts.get("store_errors")).toBeGreaterThan(0);
    node.inbox.away = false;
    expect(await client.frame("hello")).toMatchObject({ seq: 0 });
  });
});

describe("resume", () => {
  test("sends everything after a number, over many pages, then resumed", async () => {
    await using node = await startNode({ limits: { pageSize: 7 } });
    for (const n of range(1, 100)) node.inbox.change(`n${n}`);
    const client = await node.join();
    client.send({ type: "resume", after: 40 });
    expect(await client.frame("resumed")).toEqual({ type: "resumed", seq: 100, after: 40 });
    expect(client.notifications().map(({ seq }) => seq)).toEqual(range(41, 100));
    expect(client.frames.at(-1)).toMatchObject({ type: "resumed" });
  });

  test("answers only the last of several, once, and answers a number of the future with the present one", async () => {
    await using node = await startNode();
    for (const n of range(1, 10)) node.inbox.change(`n${n}`);
    const client = await node.join();
    client.send({ type: "resume", after: 2 });
    client.send({ type: "resume", after: 8 });
    await client.frame("resumed");
    expect(client.notifications().map(({ seq }) => seq)).toEqual([9, 10]);
    client.frames.length = 0;
    client.send({ type: "resume", after: 9_999 });
    expect(await client.frame("resumed")).toEqual({ type: "resumed", seq: 10, after: 9_999 });
    await node.notify("n11");
    expect(await client.upTo(11)).toEqual([11]);
  });

  test("sends the arrivals of the meantime after it, without a gap", async () => {
    await using node = await startNode({ limits: { pageSize: 3 } });
    for (const n of range(1, 50)) node.inbox.change(`n${n}`);
    const client = await node.join();
    client.send({ type: "resume", after: 0 });
    for (const n of range(51, 80)) await node.notify(`n${n}`);
    await client.frame("resumed");
    const seqs = await client.upTo(80);
    expect(seqs.slice(seqs.indexOf(1))).toEqual(range(1, 80));
  });

  test("ends at the last number drawn, though its notification can't be seen any more", async () => {
    await using node = await startNode();
    node.inbox.change("n1");
    node.inbox.seq = 7;
    const client = await node.join();
    client.send({ type: "resume", after: 0 });
    expect(await client.frame("resumed")).toEqual({ type: "resumed", seq: 7, after: 0 });
  });

  test("is answered after a failure of the store", async () => {
    await using node = await startNode();
    node.inbox.change("n1");
    const client = await node.join();
    node.inbox.away = true;
    client.send({ type: "resume", after: 0 });
    await expect.poll(() => node.counts.get("store_errors")).toBeGreaterThan(0);
    node.inbox.away = false;
    expect(await client.frame("resumed")).toEqual({ type: "resumed", seq: 1, after: 0 });
    expect(client.notifications()).toHaveLength(1);
  });
});

/** Loses a third of all hints, doubles a third and holds the rest back, then lets them go in reverse order. */
function misdeliver(bridge: Bridge): { bridge: Bridge; calm(): Promise<void> } {
  let calm = false;
  let held: Parameters<Bridge["publish"]>[] = [];
  async function publish(...hint: Parameters<Bridge["publish"]>): Promise<number> {
    if (calm) return bridge.publish(...hint);
    if (hint[1].seq % 3 === 0) return 1;
    if (hint[1].seq % 3 === 1) await bridge.publish(...hint);
    else if (held.push(hint) < 10) return 1;
    for (const late of held.splice(0).reverse()) await bridge.publish(...late);
    return bridge.publish(...hint);
  }
  return {
    bridge: { ...bridge, publish },
    async calm() {
      calm = true;
      for (const late of held) await bridge.publish(...late);
      held = [];
    },
  };
}
