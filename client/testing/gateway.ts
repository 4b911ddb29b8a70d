import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import type { ServerFrame } from "../../channels/contract.ts";
import { notification } from "./notification.ts";

/** Things that come one after the other, each awaited in turn. */
export class Queue<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#values.push(value);
  }

  next(): Promise<T> {
    const value = this.#values.shift();
    return value === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(value);
  }

  get size(): number {
    return this.#values.length;
  }
}

/** One client as the gateway sees it. */
export class Peer {
  readonly frames = new Queue<unknown>();
  readonly socket: ServerSocket;

  constructor(socket: ServerSocket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("message", (data) => this.frames.push(JSON.parse(String(data))));
  }

  send(frame: ServerFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  hello(seq: number, user_id = "u1"): void {
    this.send({ type: "hello", user_id, seq });
  }

  change(seq: number, id = `n${seq}`): void {
    this.send({ type: "notification", seq, notification: notification({ notification_id: id, seq }) });
  }
}

/** A gateway that speaks only as its test says. */
export class Gateway {
  readonly peers = new Queue<Peer>();
  /** Refuses connections at the upgrade while set. */
  refusing = false;
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true });

  static async start(): Promise<Gateway> {
    const gateway = new Gateway();
    gateway.#http.on("upgrade", (request, socket, head) => {
      if (gateway.refusing)
        socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      else
        gateway.#sockets.handleUpgrade(request, socket, head, (client) =>
          gateway.peers.push(new Peer(client)),
        );
    });
    gateway.#http.listen(0, "127.0.0.1");
    await once(gateway.#http, "listening");
    return gateway;
  }

  get url(): string {
    const address = this.#http.address();
    if (address === null || typeof address === "string") throw new Error("The gateway doesn't listen.");
    return `ws://127.0.0.1:${address.port}/api/realtime`;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.close();
    await once(this.#http, "close");
  }
}
