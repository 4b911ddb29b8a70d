import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { PROTOCOL } from "../contract.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { refusedWith } from "./testing/client.ts";
import { ORIGIN, startNode } from "./testing/node.ts";

const COOKIE = { cookie: "ok-person1-a" };

describe("sign-in", () => {
  test("a cookie with the matching Origin is greeted with the position, in the protocol", async () => {
    await using node = await startNode();
    node.inbox.change("n1");
    const client = node.connect();
    expect(await client.frame("hello")).toEqual({
      type: "hello",
      user_id: "person1",
      seq: 1,
      counts: { unacknowledged_critical: 0, unread: 1, open: 1 },
    });
    expect(client.socket.protocol).toBe(PROTOCOL);
  });

  test.each([
    ["a cookie from a foreign page", { headers: COOKIE, origin: "https://elsewhere.test" }],
    ["a cookie without an Origin", { headers: COOKIE }],
    ["a foreign page without a cookie", { origin: "https://elsewhere.test" }],
  ])("%s is refused with 403", async (_what, options) => {
    await using node = await startNode();
    expect(await refusedWith(node.url, options)).toBe(403);
    expect(node.gateway.sockets()).toBe(0);
  });

  test("a valid ticket signs in, and only once", async () => {
    await using node = await startNode();
    const client = node.connect("", { headers: {} });
    await client.opened();
    client.send({ type: "resume", after: 0 });
    expect(await client.frame("error")).toMatchObject({ code: "not_signed_in" });
    client.send({ type: "auth", ticket: "ok-person2-b" });
    expect(await client.frame("hello")).toMatchObject({ user_id: "person2" });
    client.send({ type: "auth", ticket: "ok-person3-c" });
    expect(await client.frame("error", ({ code }) => code === "already_signed_in")).toBeDefined();
  });

  test("a bad ticket is closed with 4401", async () => {
    await using node = await startNode();
    const client = await node.connect("", { headers: {} }).opened();
    client.send({ type: "auth", ticket: "stolen" });
    expect(await client.closed).toBe(4401);
  });

  test("a socket without a ticket in time is closed with 4401", async () => {
    await using node = await startNode({ limits: { authMs: 30 } });
    expect(await node.connect("", { headers: {} }).closed).toBe(4401);
  });

  test("frames sent right behind the ticket are answered after the hello", async () => {
    await using node = await startNode();
    node.inbox.change("n1");
    const client = await node.connect("", { headers: {} }).opened();
    client.send({ type: "auth", ticket: "ok-person1-a" });
    client.send({ type: "resume", after: 0 });
    await client.frame("resumed");
    expect(client.frames.map((frame) => frame.type)).toEqual(["hello", "notification", "resumed"]);
  });

  test("another path is 404, another protocol 400, and with the store away 503", async () => {
    await using node = await startNode();
    expect(await refusedWith(node.url.replace("realtime", "elsewhere"))).toBe(404);
    const other = new WebSocket(node.url, "tocsin.v9", { origin: ORIGIN });
    other.on("error", () => {});
    const [, response] = await once(other, "unexpected-response");
    expect(response.statusCode).toBe(400);
    other.terminate();
    node.auth.away = true;
    expect(await refusedWith(node.url, { headers: COOKIE, origin: ORIGIN })).toBe(503);
  });

  test("a cookie by which too many ask at once is 429, and no failure", async () => {
    await using node = await startNode();
    node.auth.cookie = () => Promise.resolve("too_many");
    expect(await refusedWith(node.url, { headers: COOKIE, origin: ORIGIN })).toBe(429);
    expect([...node.counts.keys()]).toEqual(["upgrades_refused:full_session"]);
  });
});

/** How a request for an upgrade is answered whose path is sent as it stands. */
async function askFor(
  url: string,
  path: string,
): Promise<{ status: number | undefined; caching: string | undefined }> {
  const headers = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const asked = request({ host: "127.0.0.1", port: new URL(url).port, path, headers }).end();
  const answer = await Promise.race([once(asked, "response"), once(asked, "upgrade")]);
  const { statusCode: status, headers: said } = answer[0] as IncomingMessage;
  asked.destroy();
  return { status, caching: said["cache-control"] };
}

test("whoever is refused keeps no connection open by not closing it", async () => {
  await using node = await startNode();
  const opened = once(node.server, "connection");
  const socket = connect({ port: Number(new URL(node.url).port), host: "127.0.0.1", allowHalfOpen: true });
  socket.write("GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [served] = await opened;
  socket.resume();
  await Promise.all([once(served, "close"), once(socket, "end")]);
  socket.destroy();
});

test.each([
  "//elsewhere/api/realtime",
  "/x/../api/realtime",
  "/api/%2e/realtime",
  "/api\\realtime",
  "http://elsewhere/api/realtime",
  "/api/realtime/",
])("the live channel is not at %s, which no cache keeps", async (path) => {
  await using node = await startNode();
  expect(await askFor(node.url, path)).toEqual({ status: 404, caching: "no-store" });
});

test("the live channel is at its path, whatever is asked behind it", async () => {
  await using node = await startNode();
  expect(await askFor(node.url, "/api/realtime?from=here")).toMatchObject({ status: 101 });
});

describe("an ended session", () => {
  test.each([
    ["unauthenticated", 4401],
    ["forbidden", 4403],
  ] as const)(
    "that is %s closes before the next ping with %i, its neighbours stay",
    async (standing, code) => {
      await using node = await startNode();
      const [theirs, other] = await Promise.all([node.join("person1-a"), node.join("person1-b")]);
      node.auth.standing.set("a", standing);
      const start = performance.now();
      node.auth.revoke({ userId: "person1" });
      expect(await theirs.closed).toBe(code);
      expect(performance.now() - start).toBeLessThan(DEFAULT_LIMITS.pingMs);
      expect(other.socket.readyState).toBe(WebSocket.OPEN);
      await expect.poll(() => node.gateway.sockets()).toBe(1);
    },
  );

  test("is found among all when revocations may have gone unheard", async () => {
    await using node = await startNode();
    const clients = await Promise.all(Array.from({ length: 30 }, (_, n) => node.join(`person${n}-s${n}`)));
    node.auth.standing.set("s29", "unauthenticated");
    node.auth.revoke({});
    expect(await clients[29]?.closed).toBe(4401);
    node.auth.away = true;
    node.auth.revoke({});
    await expect.poll(() => node.gateway.sockets()).toBe(29);
  });

  test("that can't be looked up is closed with 1012, so that its client comes back", async () => {
    await using node = await startNode();
    const client = await node.join();
    node.auth.away = true;
    node.auth.revoke({ sessionId: "a" });
    expect(await client.closed).toBe(1012);
  });

  test("that ended by itself is found with the ping", async () => {
    await using node = await startNode({ limits: { pingMs: 200, checkEveryPings: 1 } });
    const client = await node.join();
    node.auth.standing.set("a", "unauthenticated");
    expect(await client.closed).toBe(4401);
  });

  test("can be kicked, and none of its frames is obeyed any more", async () => {
    await using node = await startNode();
    const [client, other] = await Promise.all([node.join("person1-a"), node.join("person2-b")]);
    const { id } = node.inbox.change("n1");
    expect(node.gateway.kick({ sessionId: "a" }, 4401)).toBe(1);
    client.send({ type: "acknowledge", notification_id: id });
    expect(await client.closed).toBe(4401);
    expect(node.inbox.seq).toBe(1);
    expect(node.gateway.kick({}, 4401)).toBe(0);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
  });
});
