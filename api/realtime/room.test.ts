import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";
import { DEFAULT_LIMITS } from "../../channels/websocket/limits.ts";
import { PROTOCOL } from "../../channels/contract.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

let hospital: Hospital;
let server: TestServer;
const opened: WebSocket[] = [];

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { TRUSTED_PROXY: "127.0.0.0/8" });
});
afterAll(async () => {
  for (const socket of opened) socket.terminate();
  await server.stop();
  await hospital.close();
});

/** What the upgrade of a socket whose client is at `address` is answered. */
async function open(address: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
    headers: { "X-Forwarded-For": address, ...headers },
  });
  socket.on("error", () => undefined);
  opened.push(socket);
  const refused = once(socket, "unexpected-response").then(([, response]) => Number(response.statusCode));
  return await Promise.race([refused, once(socket, "open").then(() => 101)]);
}

it("whoever opens many sockets without a session keeps out nobody but their own network's", async () => {
  const many = DEFAULT_LIMITS.maxAnonymousPerNetwork;
  const from = (i: number): string => `2001:db8:0:1::${i.toString(16)}`;
  const answers = await Promise.all(Array.from({ length: many }, (_, i) => open(from(i))));
  expect(new Set(answers)).toEqual(new Set([101]));
  expect(await open("2001:db8:0:1:ffff::1")).toBe(503);
  expect(await open("2001:db8:0:2::1")).toBe(101);
  const signedIn = await server.headersOf(as(hospital.people.north1));
  expect(await open(from(0), signedIn)).toBe(101);
});
