import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import Koa from "koa";
import { expect, it } from "vitest";
import { createHttpServer, listen } from "./server.ts";

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
