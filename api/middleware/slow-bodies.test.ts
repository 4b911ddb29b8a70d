import { once } from "node:events";
import { connect, type Socket } from "node:net";
import Koa from "koa";
import { expect, it, onTestFinished } from "vitest";
import { createLog } from "../../config/log.ts";
import { until } from "../../testing/until.ts";
import { problems } from "../http/errors.ts";
import { createHttpServer, listen } from "../http/server.ts";
import { MAX_UNNAMED, readJson } from "./body.ts";
import { addressReader, clientAddress } from "./client.ts";
import { createUnnamedBodies } from "./slow-bodies.ts";

/** Slow bodies of one network that are waited for. */
const MOST = 64;
const BODY = '{"a": "b"}';

it("waits for few slow bodies of one network, and for another's meanwhile", async () => {
  const log = createLog("silent");
  const unnamed = createUnnamedBodies();
  const app = new Koa();
  app.use(problems(log));
  app.use(clientAddress(addressReader(["127.0.0.1"], log)));
  app.use((ctx) =>
    unnamed(ctx, async () => void (ctx.body = await readJson(ctx, { optional: false, limit: MAX_UNNAMED }))),
  );
  const server = createHttpServer(app);
  onTestFinished(() => void server.close());
  const port = await listen(server, 0, "127.0.0.1");
  const begin = (from: string): Socket => {
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${from}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n{`,
    );
    return socket;
  };
  const statusOf = (answer: Buffer): string => answer.toString().slice(9, 12);
  const refused: string[] = [];
  for (let n = 0; n < MOST + 3; n++)
    begin("203.0.113.7").once("data", (answer: Buffer) => refused.push(statusOf(answer)));
  const other = begin("198.51.100.7");
  await until("three too many are refused", () => refused.length === 3);
  other.write(BODY.slice(1));
  const [answer] = (await once(other, "data")) as [Buffer];
  expect(statusOf(answer)).toBe("200");
  expect(refused).toEqual(["429", "429", "429"]);
});
