import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import Koa from "koa";
import { expect, it, onTestFinished } from "vitest";
import { createLog } from "../config/log.ts";
import { must } from "../config/must.ts";
import { dashboard } from "./dashboard.ts";
import { problems } from "./http/errors.ts";
import { listen } from "./http/server.ts";

it("refuses whoever sends a page something, and holds nothing of it", async () => {
  const app = new Koa();
  const asked: IncomingMessage[] = [];
  app.use(async (ctx, next) => {
    asked.push(ctx.req);
    await next();
  });
  app.use(problems(createLog("silent")));
  app.use(await dashboard());
  const server = createServer(app.callback());
  const socket = connect(await listen(server, 0, "127.0.0.1"), "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  socket.write(
    "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{",
  );
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 405 [^]*\r\nAllow: GET, HEAD\r\n/);
  const request = must(asked[0], "request");
  expect([request.listenerCount("data"), request.readableLength]).toEqual([0, 0]);
});
