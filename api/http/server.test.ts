import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import Koa from "koa";
import { expect, it, onTestFinished } from "vitest";
import { must } from "../../config/must.ts";
import { until } from "../../testing/until.ts";
import { createHttpServer, listen, ListenError } from "./server.ts";

it("begins no thousand requests that are sent one behind the other, and ends their connection", async () => {
  let begun = 0;
  const app = new Koa();
  app.use(() => {
    begun += 1;
    return new Promise(() => undefined);
  });
  const server = createHttpServer(app);
  const socket = connect(await listen(server, 0, "127.0.0.1"), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000));
  await once(socket, "close");
  expect(begun).toBe(10);
  server.close();
});

it("answers a hundred requests of one connection, one after the other", async () => {
  const app = new Koa();
  app.use((ctx) => void (ctx.body = "x"));
  const server = createHttpServer(app);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const port = await listen(server, 0, "127.0.0.1");
  for (let n = 0; n < 100; n++) {
    const [answer] = await once(get({ port, host: "127.0.0.1", agent }), "response");
    expect(answer.statusCode).toBe(200);
    await once(answer.resume(), "end");
  }
  agent.destroy();
  server.close();
});

it("says what to do where it can't listen: a port in use, a host that is not this machine's, one that nobody knows", async () => {
  const taken = createServer();
  const port = await listen(taken, 0, "127.0.0.1");
  const refusal = async (at: number, host: string, variable?: string): Promise<unknown> =>
    listen(createServer(), at, host, variable).catch((error: unknown) => error);
  const inUse = await refusal(port, "127.0.0.1", "TOCSIN_METRICS_PORT");
  expect(inUse).toBeInstanceOf(ListenError);
  expect(inUse).toHaveProperty(
    "message",
    `Port ${port} is in use. Stop what listens there, or choose another: TOCSIN_METRICS_PORT=${port + 1} npm start`,
  );
  taken.close();
  // An address of RFC 5737, and a name of RFC 6761: no machine has them.
  for (const host of ["192.0.2.1", "ward.invalid"]) {
    const refused = await refusal(0, host);
    expect(refused).toBeInstanceOf(ListenError);
    expect(refused).toHaveProperty(
      "message",
      expect.stringMatching(`^HOST is ${host}, which is no address of this machine .* Set it to one that is`),
    );
  }
  // Nobody refuses a low port to root, as whom these tests may run.
  const denied = Object.assign(new Error("permission denied"), { code: "EACCES" });
  expect(new ListenError(denied, { port: 80, host: "0.0.0.0", variable: "PORT" }).message).toMatch(
    /^Port 80 is not open to this user.* PORT=8080 npm start$/,
  );
});

it("holds nothing of a body whose call is answered while it still comes", async () => {
  const app = new Koa();
  const held: IncomingMessage[] = [];
  // As the dashboard's pages do: they answer without it, and leave off where it stands.
  app.use((ctx) => {
    ctx.req.on("data", () => ctx.req.pause());
    held.push(ctx.req);
    ctx.status = 405;
  });
  const server = createHttpServer(app);
  const socket = connect(await listen(server, 0, "127.0.0.1"), "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 405/);
  socket.write(Buffer.alloc(399_999));
  const request = must(held[0], "request");
  await until("all of it has come", () => request.socket.bytesRead > 399_999);
  await until("none of it is held", () => request.readableLength === 0);
});
