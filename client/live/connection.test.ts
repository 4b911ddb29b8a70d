import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROTOCOL } from "../../channels/contract.ts";
import { LiveConnection } from "./connection.ts";
import type { ConnectionOptions, ConnectionOwner, ConnectionState } from "./connection.ts";
import { Gateway, Queue } from "../testing/gateway.ts";

let gateway: Gateway;
let connection: LiveConnection | undefined;

beforeEach(async () => {
  gateway = await Gateway.start();
});

afterEach(async () => {
  connection?.stop();
  await gateway.stop();
});

/** A connection with an owner that records every call. */
function connect(owner: Partial<ConnectionOwner> = {}, options: Partial<ConnectionOptions> = {}) {
  const merged: string[] = [];
  const states = new Queue<ConnectionState>();
  const gone = new Queue<number | "another">();
  let loads = 0;
  let state: ConnectionState | null = null;
  connection = new LiveConnection(
    gateway.url,
    {
      userId: "u1",
      load: () => Promise.resolve(void (loads += 1)),
      merge: ({ notification_id }) => void merged.push(notification_id),
      counted: () => undefined,
      rendered: () => Promise.resolve(),
      visible: () => false,
      signedIn: () => Promise.resolve(true),
      signedOut: (code) => gone.push(code),
      another: () => gone.push("another"),
      changed: (next) => {
        if (next !== state) states.push((state = next));
      },
      ...owner,
    },
    { backoff: { base: 4, cap: 40 }, random: () => 0.5, ...options },
  );
  connection.start();
  const reach = async (wanted: ConnectionState) => {
    while ((await states.next()) !== wanted);
  };
  return { connection, merged, gone, reach, loads: () => loads };
}

/** A client that is live at `seq`, and the gateway's end of it. */
async function connectLive(seq: number, ...rest: Parameters<typeof connect>) {
  const client = connect(...rest);
  const peer = await gateway.peers.next();
  peer.hello(seq);
  await client.reach("live");
  if (seq > 0) await peer.frames.next();
  return { ...client, peer };
}

test("is live once the list has been loaded after hello, and gives a receipt for what is shown", async () => {
  const client = connect();
  const peer = await gateway.peers.next();
  expect(peer.socket.protocol).toBe(PROTOCOL);
  expect(client.loads()).toBe(0);
  peer.hello(7);
  await client.reach("live");
  expect(client.loads()).toBe(1);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 7 });
  peer.change(8);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 8 });
  expect(client.merged).toEqual(["n8"]);
});

test("says that what it shows is seen while the page is visible, and again for what came while it was not", async () => {
  let visible = false;
  const { connection: live, peer } = await connectLive(1, { visible: () => visible });
  peer.change(2);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 2 });
  visible = true;
  live.probe();
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 2 });
  peer.send({ type: "resumed", seq: 2 });
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 2, visible: true });
  peer.change(3);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 3, visible: true });
});

test("gives no receipt before a change is on the page", async () => {
  const shown = Promise.withResolvers<void>();
  let waiting = false;
  const rendered = () => (waiting ? shown.promise : Promise.resolve());
  const { peer } = await connectLive(1, { rendered });
  waiting = true;
  peer.change(2);
  peer.socket.ping();
  await once(peer.socket, "pong");
  expect(peer.frames.size).toBe(0);
  shown.resolve();
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 2 });
});

test("asks for what is missing when a change comes beyond the next, and takes final gaps as final", async () => {
  const { peer, merged } = await connectLive(3);
  peer.change(6);
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 3 });
  peer.change(5);
  peer.change(6);
  peer.send({ type: "resumed", seq: 6 });
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 6 });
  peer.change(7);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 7 });
  expect(merged).toEqual(["n6", "n5", "n6", "n7"]);
});

test("waits for the answer to its own resume, not to one that it asked for before", async () => {
  const { peer, merged } = await connectLive(3);
  peer.change(6);
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 3 });
  peer.send({ type: "resumed", seq: 6, after: 1 });
  peer.change(5);
  peer.change(6);
  peer.send({ type: "resumed", seq: 6, after: 3 });
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 6 });
  expect(merged).toEqual(["n6", "n5", "n6"]);
});

test("takes numbers that were superseded as final, where it knows all that was before them", async () => {
  const { peer, merged } = await connectLive(3);
  peer.send({ type: "resumed", seq: 5, after: 3 });
  peer.change(6);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 6 });
  peer.send({ type: "resumed", seq: 9, after: 8 });
  peer.change(10);
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 6 });
  expect(merged).toEqual(["n6", "n10"]);
});

test("resumes where it was after a loss, without loading the list again", async () => {
  const { peer, reach, loads, merged } = await connectLive(3);
  peer.change(4);
  await peer.frames.next();
  peer.socket.terminate();
  await reach("reconnecting");
  const next = await gateway.peers.next();
  next.hello(6);
  expect(await next.frames.next()).toEqual({ type: "resume", after: 4 });
  next.change(5);
  next.change(6);
  next.send({ type: "resumed", seq: 6 });
  await reach("live");
  expect(await next.frames.next()).toEqual({ type: "received", seq: 6 });
  expect([merged, loads()]).toEqual([["n4", "n5", "n6"], 1]);
});

test("loses nothing that comes while the list is loading, and tries the list again when it fails", async () => {
  const answers = [Promise.reject(new Error("503")), Promise.resolve()];
  answers[0]?.catch(() => undefined);
  const { reach, merged } = connect({ load: () => answers.shift() ?? Promise.resolve() });
  const peer = await gateway.peers.next();
  peer.hello(2);
  peer.change(3);
  await reach("live");
  expect(answers).toHaveLength(0);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 3 });
  expect(merged).toEqual(["n3"]);
});

test("loads anew when the server can't fill a gap", async () => {
  const { peer, loads, reach } = await connectLive(3);
  peer.change(9);
  await peer.frames.next();
  peer.send({ type: "resumed", seq: 3 });
  const next = await gateway.peers.next();
  next.hello(9);
  await reach("live");
  expect(loads()).toBe(2);
});

test.each([1012, 1013, 1006, 4400])("comes back after close code %i", async (code) => {
  const { peer, reach } = await connectLive(3);
  if (code === 1006) peer.socket.terminate();
  else peer.socket.close(code);
  (await gateway.peers.next()).hello(3);
  await reach("live");
});

test.each([4401, 4403])("leads to signing in after close code %i, and stays away", async (code) => {
  const { peer, gone, connection } = await connectLive(3);
  peer.socket.close(code);
  expect(await gone.next()).toBe(code);
  expect(connection.state).toBe("offline");
  expect(gateway.peers.size).toBe(0);
});

test("finds out that the session has ended when the upgrade is refused", async () => {
  gateway.refusing = true;
  const { gone } = connect({ signedIn: () => Promise.resolve(false) });
  expect(await gone.next()).toBe(4401);
});

test("keeps trying when the upgrade is refused although the session stands", async () => {
  gateway.refusing = true;
  const asked = new Queue<true>();
  const { reach } = connect({ signedIn: () => (asked.push(true), Promise.resolve(true)) });
  await asked.next();
  await asked.next();
  gateway.refusing = false;
  (await gateway.peers.next()).hello(1);
  await reach("live");
});

test("notices a connection that died silently", async () => {
  const { peer, reach } = await connectLive(3, {}, { probe: 10, answer: 500 });
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 3 });
  await reach("reconnecting");
  (await gateway.peers.next()).hello(3);
  await reach("live");
});

test("stays live through an answered probe", async () => {
  const { peer, connection } = await connectLive(3);
  connection.probe();
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 3 });
  peer.send({ type: "resumed", seq: 3 });
  peer.change(4);
  expect(await peer.frames.next()).toEqual({ type: "received", seq: 4 });
  expect(connection.state).toBe("live");
});

test("rests without a network and resumes with it", async () => {
  const { peer, reach, connection } = await connectLive(3);
  connection.network(false);
  await reach("offline");
  if (peer.socket.readyState !== peer.socket.CLOSED) await once(peer.socket, "close");
  expect(gateway.peers.size).toBe(0);
  connection.network(true);
  (await gateway.peers.next()).hello(3);
  await reach("live");
});

test("stops, and takes nothing in, where the session is somebody else's by now", async () => {
  const { gone, merged, reach, peer, loads } = await connectLive(4);
  peer.socket.terminate();
  await reach("reconnecting");
  const again = await gateway.peers.next();
  again.hello(9, "u2");
  again.change(10);
  expect(await gone.next()).toBe("another");
  await once(again.socket, "close");
  expect([merged, loads()]).toEqual([[], 1]);
});

test("loads anew where a restore took the server's numbers back", async () => {
  const { peer, loads, reach } = await connectLive(9);
  peer.socket.close(1012);
  (await gateway.peers.next()).hello(4);
  await reach("live");
  expect(loads()).toBe(2);
});

test("says up to which number all has come, and begins where it is told, without loading", async () => {
  const reached: number[] = [];
  const owner = { reached: (seq: number) => void reached.push(seq) };
  const { reach, loads } = connect(owner, { after: 3 });
  const peer = await gateway.peers.next();
  peer.hello(5);
  expect(await peer.frames.next()).toEqual({ type: "resume", after: 3 });
  peer.change(5);
  peer.change(4);
  peer.send({ type: "resumed", seq: 6, after: 3 });
  await reach("live");
  expect([reached.at(0), reached.at(-1), loads()]).toEqual([3, 6, 0]);
});

test("signs in by a ticket where it has no cookie, and tries again where there is none", async () => {
  const tickets = [Promise.reject(new Error("503")), Promise.resolve("a ticket")];
  tickets[0]?.catch(() => undefined);
  connect({ ticket: () => tickets.shift() ?? Promise.resolve("") });
  const first = await gateway.peers.next();
  if (first.socket.readyState !== first.socket.CLOSED) await once(first.socket, "close");
  const second = await gateway.peers.next();
  expect(await second.frames.next()).toEqual({ type: "auth", ticket: "a ticket" });
  expect(first.frames.size).toBe(0);
});
