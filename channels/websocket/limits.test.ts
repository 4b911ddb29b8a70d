import { once } from "node:events";
import { connect, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { until } from "../../testing/until.ts";
import { refusedWith } from "./testing/client.ts";
import { startNode } from "./testing/node.ts";

/** Longer than any test lasts; ms. */
const NEVER = 3_600_000;

/** The connection under a client's socket. */
function rawOf(socket: WebSocket): Socket {
  const raw: unknown = Reflect.get(socket, "_socket");
  if (!(raw instanceof Socket)) throw new Error("no socket");
  return raw;
}

describe("a client out of bounds", () => {
  test("sending a frame over 16 KiB is closed with 1009", async () => {
    await using node = await startNode();
    const client = await node.join();
    client.send({ type: "auth", ticket: "x".repeat(16 * 1024) });
    expect(await client.closed).toBe(1009);
  });

  test("that reads nothing is closed with 1013, and its memory stays bounded", async () => {
    await using node = await startNode({ limits: { stallMs: 200 } });
    node.inbox.messageBytes = 60_000;
    const client = await node.join();
    for (let n = 0; n < 500; n++) node.inbox.change(`n${n}`);
    client.socket.pause();
    await node.notify("last");
    await expect.poll(() => node.counts.get("frames_sent:notification")).toBeGreaterThan(0);
    await expect.poll(() => node.counts.get("too_slow")).toBe(1);
    expect(node.counts.get("frames_sent:notification")).toBeLessThan(400);
    client.socket.resume();
    expect(await client.closed).toBe(1013);
  });

  test("that lets too many bytes pile up is closed with 1013 at once", async () => {
    await using node = await startNode({
      limits: { highWaterBytes: Infinity, pageSize: 1_000, stallMs: NEVER, slowMs: NEVER },
    });
    node.inbox.messageBytes = 60_000;
    const client = await node.join();
    for (let n = 0; n < 500; n++) node.inbox.change(`n${n}`);
    client.socket.pause();
    await node.notify("last");
    await expect.poll(() => node.counts.get("too_slow")).toBe(1);
    client.socket.resume();
    expect(await client.closed).toBe(1013);
  });

  test.each([
    ["not JSON", "{"],
    ["no object", "[]"],
    ["an unknown type", '{"type":"explode"}'],
    ["wrong kinds", '{"type":"resume","after":"1"}'],
    ["a number too large", '{"type":"received","seq":1e300}'],
    ["a negative number", '{"type":"received","seq":-1}'],
    ["a prototype", '{"__proto__":{"type":"resume"},"type":"received"}'],
    ["30,000-byte nesting", "[".repeat(8_000)],
  ])("sending %s gets an error frame that quotes nothing, and goes on", async (_what, text) => {
    await using node = await startNode();
    const client = await node.join();
    client.send(text);
    const error = await client.frame("error");
    expect(error.code).toBe("bad_frame");
    expect(error.detail).not.toContain("explode");
    await node.notify("n1");
    expect(await client.upTo(1)).toEqual([1]);
  });

  test.each([
    ['{"type":"received","seq":1,"visble":true}', "visble is not known here; did you mean `visible`?"],
    ['{"type":"resume","aftr":0}', "aftr is not known here; did you mean `after`?"],
    ['{"type":"resume","after":0,"visible":true}', "visible is not known here"],
    [
      JSON.stringify({ type: "resume", after: 0, ["x".repeat(9_000)]: 1 }),
      `${"x".repeat(100)} is not known here`,
    ],
    ['{"type":"resume","after":5,"after":0}', "An object holds the same key twice."],
    ['{"type":"resume","after":0,"__proto__":{}}', "The key __proto__ is not allowed."],
    ['{"type":"acknowledge","notification_id":"\\ud800"}', "A string holds half of a surrogate pair."],
  ])("sending what a frame can't have gets an error frame, and does nothing", async (text, detail) => {
    await using node = await startNode();
    const client = await node.join();
    client.send(text);
    expect(await client.frame("error")).toMatchObject({ code: "bad_frame", detail });
    expect(node.counts.get("resumes")).toBeUndefined();
    expect(node.counts.get("frames_received:unreadable")).toBe(1);
  });

  test("sending binary data is closed with 1003", async () => {
    await using node = await startNode();
    const client = await node.join();
    client.socket.send(Buffer.from('{"type":"resume","after":0}'));
    client.socket.send(Buffer.from([1, 2, 3]), { binary: true });
    expect(await client.closed).toBe(1003);
  });

  test("sending a frame in more pieces than any frame has is closed with 1008", async () => {
    await using node = await startNode({ limits: { maxChunks: 2 } });
    const [fragments, other] = [await node.join("person1-a"), await node.join("person1-b")];
    const [byte, more] = [
      Buffer.from([0x01, 0x81, 0, 0, 0, 0, 65]),
      Buffer.from([0x00, 0x81, 0, 0, 0, 0, 65]),
    ];
    rawOf(fragments.socket).write(Buffer.concat([byte, ...Array<Buffer>(64).fill(more)]));
    expect(await fragments.closed).toBe(1008);

    const opened = once(node.server, "connection");
    const [last, [served]] = await Promise.all([node.join("person1-c"), opened]);
    for (const piece of [[0x81, 0xfe, 0, 200, 0, 0, 0, 0], [65], [65], [65]]) {
      const before: number = served.bytesRead;
      rawOf(last.socket).write(Buffer.from(piece));
      await until("it is read", () => served.bytesRead > before);
    }
    expect(await last.closed).toBe(1008);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("breaking the WebSocket protocol loses its own socket only", async () => {
    await using node = await startNode();
    const [broken, other] = await Promise.all([node.join("person1-a"), node.join("person1-b")]);
    rawOf(broken.socket).write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(await broken.closed).toBe(1002);
    await node.notify("n1");
    expect(await other.upTo(1)).toEqual([1]);
  });

  test("hanging up in the middle of the upgrade harms nobody", async () => {
    await using node = await startNode();
    const other = await node.join();
    const { port, pathname } = new URL(node.url);
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    socket.resetAndDestroy();
    await once(socket, "close");
    await node.notify("n1");
    expect(await other.upTo(1)).toEqual([1]);
  });

  test("flooding is slowed down, then closed with 1008; cumulative receipts may come in thousands", async () => {
    await using node = await startNode({ limits: { framesPerSecond: 1_000 } });
    const reader = await node.join("person1-a");
    for (let n = 0; n < 2_000; n++) reader.send({ type: "received", seq: n });
    reader.send({ type: "resume", after: 0 });
    await reader.frame("resumed");
    const flooder = await node.join("person1-b");
    for (let n = 0; n < 2_000; n++) flooder.send({ type: "dismiss", notification_id: "n" });
    expect(await flooder.closed).toBe(1008);
    expect(reader.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("that no longer answers pings is cut off", async () => {
    await using node = await startNode({ limits: { pingMs: 300 } });
    const client = node.connect("person1-a", { autoPong: false });
    await client.frame("hello");
    expect(await client.closed).toBe(1006);
  });
});

describe("receipts", () => {
  test("are cumulative, and never reach beyond what was sent", async () => {
    await using node = await startNode();
    const client = await node.join();
    const wait = node.bridge.awaitReceipt("n2", 60_000, new AbortController().signal);
    for (const id of ["n1", "n2", "n3"]) await node.notify(id);
    await client.upTo(3);
    client.send({ type: "received", seq: 2 });
    expect(await wait.promise).toBe(true);
    client.send({ type: "received", seq: 1_000_000 });
    await expect.poll(() => node.inbox.receipts.at(-1)?.to).toBe(3);
    expect(node.inbox.receipts.map(({ from }) => from)).toEqual([0, 2]);
  });

  test("after a resume begin where the resume began", async () => {
    await using node = await startNode();
    for (const id of ["n1", "n2", "n3"]) node.inbox.change(id);
    const client = await node.join();
    client.send({ type: "received", seq: 3 });
    client.send({ type: "resume", after: 1 });
    await client.frame("resumed");
    client.send({ type: "received", seq: 3 });
    await expect.poll(() => node.inbox.receipts).toEqual([{ from: 1, to: 3 }]);
  });

  test("cover what the client loaded before it went live, back to the first change that no page has shown", async () => {
    await using node = await startNode();
    for (const id of ["n1", "n2", "n3"]) node.inbox.change(id);
    node.inbox.seenTo = 1;
    const client = await node.join();
    client.send({ type: "received", seq: 3, visible: true });
    await expect.poll(() => node.inbox.seen).toEqual([{ after: 1, to: 3 }]);
    expect(node.inbox.receipts).toEqual([{ from: 1, to: 3 }]);
  });

  test("say that a device has it, and only with `visible` that somebody may have seen it", async () => {
    await using node = await startNode();
    const client = await node.join();
    await node.notify("n1");
    await client.upTo(1);
    client.send({ type: "received", seq: 1 });
    await expect.poll(() => node.inbox.receipts).toEqual([{ from: 0, to: 1 }]);
    expect(node.inbox.seen).toEqual([]);
    client.send({ type: "received", seq: 1, visible: true });
    await expect.poll(() => node.inbox.seen).toEqual([{ after: 0, to: 1 }]);
  });

  test("are written once the store is back", async () => {
    await using node = await startNode();
    const client = await node.join();
    await node.notify("n1");
    await client.upTo(1);
    node.inbox.away = true;
    client.send({ type: "received", seq: 1 });
    await expect.poll(() => node.counts.get("store_errors")).toBeGreaterThan(0);
    node.inbox.away = false;
    await expect.poll(() => node.inbox.receipts).toEqual([{ from: 0, to: 1 }]);
  });
});

describe("acts", () => {
  test("come back as the change, and to the person's other sockets", async () => {
    await using node = await startNode();
    const bridge = node.bridge;
    const { id } = node.inbox.change("n1");
    const [client, other] = await Promise.all([node.join("person1-a"), node.join("person1-b")]);
    client.send({ type: "acknowledge", notification_id: id });
    await expect.poll(() => node.inbox.seq).toBe(2);
    await bridge.publish("inbox-person1", { seq: 2, id });
    for (const socket of [client, other]) {
      const frame = await socket.frame("notification");
      expect(frame.notification.status).toBe("acknowledged");
    }
  });

  test("that fail are answered with the act, the notification and the reason", async () => {
    await using node = await startNode();
    const { id } = node.inbox.change("alert", { priority: "critical" });
    const client = await node.join();
    client.send({ type: "acknowledge", notification_id: "none" });
    expect(await client.frame("error", ({ code }) => code === "not_found")).toMatchObject({
      detail: expect.stringContaining("acknowledge none"),
    });
    client.send({ type: "dismiss", notification_id: id });
    expect(await client.frame("error", ({ code }) => code === "conflict")).toBeDefined();
    node.inbox.away = true;
    client.send({ type: "dismiss", notification_id: id });
    expect(await client.frame("error", ({ code }) => code === "unavailable")).toBeDefined();
  });
});

describe("drain", () => {
  test("closes every socket with 1012 and refuses new ones", async () => {
    await using node = await startNode();
    const clients = await Promise.all(Array.from({ length: 60 }, (_, n) => node.join(`person${n}-s${n}`)));
    const drained = node.gateway.drain();
    expect(await refusedWith(node.url)).toBe(503);
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual(clients.map(() => 1012));
    await drained;
    expect(node.gateway.sockets()).toBe(0);
  });
});
