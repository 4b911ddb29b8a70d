/** The least that brings a message from Redis to a socket: ws and ioredis, a channel a person, nothing kept and nothing checked. */
import { createServer } from "node:http";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../../channels/contract.ts";
import { tellAddress } from "./program.ts";

const { LIVE_REDIS } = z.object({ LIVE_REDIS: z.string() }).parse(process.env);
const subscriber = new Redis(LIVE_REDIS);
const send = new Map<string, (text: string) => void>();
subscriber.on("message", (channel: string, text: string) => send.get(channel)?.(text));
const server = createServer();
const sockets = new WebSocketServer({
  server,
  handleProtocols: () => PROTOCOL,
  perMessageDeflate: false,
});
sockets.on("connection", (socket, { headers: { cookie = "" } }) => {
  const channel = `bare:${cookie}`;
  send.set(channel, (text) => socket.send(text));
  socket.on("message", (data) => void JSON.parse(data.toString()));
  void subscriber.subscribe(channel).then(() => socket.send(JSON.stringify({ type: "hello", seq: 0 })));
});
tellAddress(server);
