import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { refusedWith, type TestClient } from "./testing/client.ts";
import { ORIGIN, startNode, type TestNode } from "./testing/node.ts";

/** A socket without a session, from a network. */
const anonymous = (node: TestNode, network = "here"): Promise<TestClient> =>
  node.connect("", { headers: { "x-network": network } }).opened();
/** The status with which another socket is refused: a socket of `who`, or one without a session. */
const refused = (node: TestNode, who: string | null, network = "here"): Promise<number> =>
  refusedWith(node.url, {
    origin: ORIGIN,
    headers: { "x-network": network, ...(who === null ? {} : { cookie: `ok-${who}` }) },
  });
const from = (node: TestNode, who: string, network: string): Promise<unknown> =>
  node.connect(who, { headers: { cookie: `ok-${who}`, "x-network": network } }).frame("hello");

describe("sockets that have not signed in", () => {
  test("take no place from people with a session, however many sockets they are", async () => {
    await using node = await startNode({ limits: { maxAnonymous: 2, maxSockets: 2 } });
    await Promise.all([anonymous(node), anonymous(node)]);
    expect(await refused(node, null)).toBe(503);
    await Promise.all([node.join("person1-a"), node.join("person2-b")]);
    expect(await refused(node, "person3-c")).toBe(503);
    expect(node.gateway.sockets()).toBe(4);
  });

  test("of one network leave places to other networks", async () => {
    await using node = await startNode({ limits: { maxAnonymousPerNetwork: 2 } });
    await Promise.all([anonymous(node, "there"), anonymous(node, "there")]);
    expect(await refused(node, null, "there")).toBe(503);
    await anonymous(node);
    expect(node.counts.get("upgrades_refused:full_anonymous_network")).toBe(1);
  });

  test("of a network that has most of them give way to those of others, the oldest first", async () => {
    await using node = await startNode({ limits: { maxAnonymous: 3 } });
    const first = await anonymous(node, "there");
    const second = await anonymous(node, "there");
    const third = await anonymous(node, "there");
    expect(await refused(node, null, "there")).toBe(503);
    await anonymous(node);
    expect(await first.closed).toBe(1013);
    // Both have as many as each other wants now.
    expect(await refused(node, null)).toBe(503);
    await anonymous(node, "elsewhere");
    expect(await second.closed).toBe(1013);
    for (const network of ["here", "there", "elsewhere"])
      expect(await refused(node, null, network)).toBe(503);
    expect(third.socket.readyState).toBe(third.socket.OPEN);
    await expect.poll(() => node.gateway.sockets()).toBe(3);
  });

  test("of the many networks of one site give way to those of others", async () => {
    await using node = await startNode({ limits: { maxAnonymous: 4 } });
    const many = ["2001:db8:1:1", "2001:db8:1:2", "2001:db8:1:3", "2001:db8:1:4"];
    const [first] = await Promise.all(many.map((network) => anonymous(node, network)));
    expect(await refused(node, null, "2001:db8:1:5")).toBe(503);
    await anonymous(node, "2001:db8:2:1");
    await anonymous(node, "192.0.2.1");
    expect(await first?.closed).toBe(1013);
    await expect.poll(() => node.gateway.sockets()).toBe(4);
    expect(await refused(node, null, "2001:db8:1:5")).toBe(503);
    expect(await refused(node, null, "2001:db8:2:2")).toBe(503);
  });

  test("include those whose cookie is not valid", async () => {
    await using node = await startNode({ limits: { maxAnonymous: 1 } });
    await node.connect("", { headers: { cookie: "forged" } }).opened();
    expect(await refusedWith(node.url, { headers: { cookie: "forged" } })).toBe(503);
    await node.join("person1-a");
  });

  test("give their place back when they sign in, or when they close", async () => {
    await using node = await startNode({ limits: { maxAnonymous: 1 } });
    const first = await anonymous(node);
    first.send({ type: "auth", ticket: "ok-person1-a" });
    await first.frame("hello");
    const second = await anonymous(node);
    second.socket.close();
    await second.closed;
    await anonymous(node);
    expect(await refused(node, null)).toBe(503);
  });
});

describe("sockets that have signed in", () => {
  test("are bounded for a session, and a place that became free is taken again", async () => {
    await using node = await startNode({ limits: { maxPerSession: 2 } });
    const [first] = await Promise.all([node.join("person1-a"), node.join("person1-a")]);
    expect(await refused(node, "person1-a")).toBe(429);
    await node.join("person1-b");
    first?.socket.close();
    await first?.closed;
    await node.join("person1-a");
    expect(node.counts.get("upgrades_refused:full_session")).toBe(1);
  });

  test("are bounded for a person", async () => {
    await using node = await startNode({ limits: { maxPerPerson: 2 } });
    await Promise.all([node.join("person1-a"), node.join("person1-b")]);
    expect(await refused(node, "person1-c")).toBe(429);
    await node.join("person2-a");
  });

  test("are bounded for a network", async () => {
    await using node = await startNode({ limits: { maxPerNetwork: 1 } });
    await from(node, "person1-a", "there");
    expect(await refused(node, "person2-a", "there")).toBe(503);
    await node.join("person2-a");
  });

  test("by ticket have the same bounds, and are told to come back", async () => {
    await using node = await startNode({ limits: { maxPerSession: 1 } });
    await node.join("person1-a");
    const second = await anonymous(node);
    second.send({ type: "auth", ticket: "ok-person1-a" });
    expect(await second.closed).toBe(1013);
    expect(second.frames).toEqual([]);
    await expect.poll(() => node.gateway.sockets()).toBe(1);
  });

  test("are counted once, however their sessions end", async () => {
    await using node = await startNode({ limits: { maxPerPerson: 1 } });
    for (let round = 0; round < 3; round++) {
      const client = await node.join("person1-a");
      node.auth.standing.set("a", "unauthenticated");
      node.auth.revoke({ sessionId: "a" });
      expect(await client.closed).toBe(4401);
      node.auth.standing.delete("a");
      await expect.poll(() => node.gateway.sockets()).toBe(0);
    }
    const last = await node.join("person1-a");
    expect(last.socket.readyState).toBe(1);
    last.socket.terminate();
    await once(last.socket, "close");
  });
});
