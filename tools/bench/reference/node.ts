/**
 * The job of a send as most teams build it: Koa, PostgreSQL, a BullMQ queue, and sockets that a message over Redis wakes. It writes the rows that
 * Tocsin writes, seals and redacts alike, keeps a record, and speaks as much of Tocsin's protocols as the bench does.
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import Koa from "koa";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { must } from "../../../config/must.ts";
import { createRedactor } from "../../../redaction/threads/redactor.ts";
import { createVault } from "../../../store/crypto/vault.ts";
import { PROTOCOL } from "../../../channels/contract.ts";
import { usedByNow } from "../measure.ts";
import { createStore, Send } from "./store.ts";

const QUEUE = "notify";
const env = z
  .object({ REFERENCE_DATABASE: z.string(), REFERENCE_REDIS: z.string(), REFERENCE_KEY: z.string() })
  .parse(process.env);
const vault = createVault([{ id: "k1", key: Buffer.from(env.REFERENCE_KEY, "base64") }]);
const store = createStore(env.REFERENCE_DATABASE, vault);
const redactor = createRedactor();
const url = new URL(env.REFERENCE_REDIS);
const connection = { host: url.hostname, port: Number(url.port), maxRetriesPerRequest: null };
const queue = new Queue(QUEUE, { connection });
const [publisher, subscriber] = [new Redis(connection), new Redis(connection)];
for (const part of [queue, publisher, subscriber]) part.on("error", () => undefined);

const app = new Koa();
app.silent = true;
app.use(async (ctx) => {
  if (ctx.method !== "POST" || ctx.path !== "/api/notifications/send") return;
  const service = await store.service(ctx.get("Authorization").replace("Bearer ", ""));
  if (service === undefined) return ctx.throw(401);
  const body = Send.safeParse(JSON.parse(await text(ctx.req)));
  if (!body.success) return ctx.throw(422);
  const id = await store.accept(service, body.data);
  await queue.add(
    QUEUE,
    { id },
    {
      jobId: id,
      attempts: 10,
      backoff: { type: "exponential", delay: 100 },
      removeOnComplete: true,
    },
  );
  ctx.status = 202;
  ctx.body = { notification_id: id, status: "sent" };
});

const worker = new Worker<{ id: string }>(
  QUEUE,
  async ({ data: { id } }) => {
    const [redaction] = await redactor.redact([await store.original(id)]);
    const done = await store.persist(id, must(redaction, "redaction"));
    if (done !== null) await publisher.publish(`person:${done.userId}`, id);
  },
  { connection, concurrency: 20 },
);
worker.on("error", () => undefined);

const listeners = new Map<string, (id: string) => void>();
subscriber.on("message", (channel: string, id: string) => listeners.get(channel)?.(id));
const Receipt = z.object({ type: z.literal("received"), seq: z.number() });
const server = createServer(app.callback());
const sockets = new WebSocketServer({
  server,
  path: "/api/realtime",
  handleProtocols: () => PROTOCOL,
  perMessageDeflate: false,
});
sockets.on("connection", (socket, request) => {
  const token = /tocsin=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  void store.person(token).then(async (userId) => {
    if (userId === undefined) return socket.close();
    const send = (frame: object): void => socket.send(JSON.stringify(frame));
    listeners.set(`person:${userId}`, (id) => {
      void store
        .show(id)
        .then((notification) => send({ type: "notification", seq: notification.seq, notification }));
    });
    socket.on("message", (data) => {
      const receipt = Receipt.safeParse(JSON.parse(data.toString()));
      if (receipt.success) void store.received(userId, receipt.data.seq);
    });
    await subscriber.subscribe(`person:${userId}`);
    send({ type: "hello", user_id: userId, seq: 0 });
  });
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  process.send?.({ url: `http://127.0.0.1:${address.port}`, pid: process.pid });
});
process.on("message", () => process.send?.(usedByNow()));
process.once("disconnect", () => process.exit(0));
