import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClientOptions } from "ws";
import { createLocalBridge } from "../local-bridge.ts";
import type { Bridge } from "../bridge.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { Limits } from "../limits.ts";
import type { LiveCounter } from "../metrics.ts";
import { MemoryAuth } from "./auth.ts";
import { TestClient } from "./client.ts";
import { MemoryInbox } from "./inbox.ts";

export const ORIGIN = "http://tocsin.test";
export const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** One node: a real HTTP server with a gateway on it. */
export interface TestNode extends AsyncDisposable {
  url: string;
  server: Server;
  gateway: Gateway;
  bridge: Bridge;
  inbox: MemoryInbox;
  auth: MemoryAuth;
  counts: Map<string, number>;
  /** Opens a socket with the cookie of a person's session. */
  connect(who?: string, options?: ClientOptions): TestClient;
  /** Opens such a socket, and answers it once it is live. */
  join(who?: string): Promise<TestClient>;
  /** Changes the inbox and publishes. */
  notify(id: string): Promise<void>;
}

export async function startNode(
  given: { bridge?: Bridge; inbox?: MemoryInbox; limits?: Partial<Limits> } = {},
): Promise<TestNode> {
  const bridge = given.bridge ?? createLocalBridge();
  const inbox = given.inbox ?? new MemoryInbox();
  const auth = new MemoryAuth();
  const counts = new Map<string, number>();
  const gateway = createGateway({
    bridge,
    inbox,
    auth,
    log: silent,
    network: ({ headers }) => String(headers["x-network"] ?? "here"),
    origin: (request) => request.headers.origin === ORIGIN,
    limits: given.limits ?? {},
    metrics: {
      count: (name: LiveCounter, label) => {
        const key = label === undefined ? name : `${name}:${label}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      },
      ping() {},
      receipt() {},
    },
  });
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  gateway.attach(server);
  const { port } = server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}/api/realtime`;
  const clients: TestClient[] = [];

  function connect(who = "person1-a", options: ClientOptions = {}): TestClient {
    const client = new TestClient(url, { headers: { cookie: `ok-${who}` }, origin: ORIGIN, ...options });
    clients.push(client);
    return client;
  }

  return {
    url,
    server,
    gateway,
    bridge,
    inbox,
    auth,
    counts,
    connect,
    async join(who) {
      const client = connect(who);
      await client.frame("hello");
      return client;
    },
    async notify(id) {
      await bridge.publish("inbox-person1", inbox.change(id));
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of clients) socket.terminate();
      await gateway.drain();
      await bridge.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
