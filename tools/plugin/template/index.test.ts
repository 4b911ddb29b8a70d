import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { deliverable, testChannel, toolsFor, type Provider, type Scenario } from "tocsin/testkit";
import channel from "./index.ts";

interface Request {
  authorization: string | undefined;
  idempotencyKey: string | null;
  body: string;
}

interface Fixture extends Provider {
  requests(): readonly Request[];
}

/** The provider's API on a free port of 127.0.0.1. Make it as true to the published one as you can. */
async function open(): Promise<Fixture> {
  let scenario: Scenario = "taken";
  let requests: Request[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.url === "/account") return void response.end();
    const { authorization, "idempotency-key": key } = request.headers;
    requests.push({ authorization, idempotencyKey: typeof key === "string" ? key : null, body });
    answer(scenario, body, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    config: { url: `http://127.0.0.1:${port}`, token: "made-up-token" },
    address: "zebulon.q",
    busyForMs: 7_000,
    behave(next) {
      scenario = next;
      requests = [];
    },
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Errors quote what was sent, as providers do: none of it may get into a code or the log. */
function answer(scenario: Scenario, body: string, response: ServerResponse): void {
  switch (scenario) {
    case "taken":
      return void response.writeHead(201).end();
    case "busy":
      return void response.writeHead(429, { "retry-after": "7" }).end(body);
    case "failing":
      return void response.writeHead(503).end(body);
    case "refused":
      return void response.writeHead(400).end(body);
    case "lost":
      return void response.socket?.destroy();
    case "hanging":
  }
}

testChannel(channel, { open });

test("posts address and text, signed in", async () => {
  const provider = await open();
  const config = channel.config.parse(provider.config);
  const instance = await channel.start(config, toolsFor(channel, channel.hosts(config)));
  const { message, ...rest } = deliverable(provider);
  const outcome = await instance.deliver({ ...rest, message: { ...message, title: null, text: "Hello" } });
  await provider.close();
  expect(outcome).toEqual({ kind: "accepted" });
  const [request] = provider.requests();
  expect(request?.authorization).toBe("Bearer made-up-token");
  expect(JSON.parse(request?.body ?? "")).toEqual({ to: "zebulon.q", text: "Hello" });
});
