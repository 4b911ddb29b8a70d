import { once } from "node:events";
import WebSocket, { type ClientOptions } from "ws";
import { PROTOCOL, type NotificationDto, type ServerFrame } from "../../contract.ts";

/** A live client that keeps every frame and waits for events, not for time. */
export class TestClient {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  /** Settles with the close code. */
  readonly closed: Promise<number>;
  #waiters = new Set<() => void>();

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, PROTOCOL, options);
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      this.frames.push(JSON.parse(data.toString()));
      for (const waiter of [...this.#waiters]) waiter();
    });
    this.closed = once(this.socket, "close").then(([code]) => Number(code));
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, "open");
    return this;
  }

  /** The first frame that matches, now or later. */
  async frame<T extends ServerFrame["type"]>(
    type: T,
    matches: (frame: Extract<ServerFrame, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerFrame, { type: T }>> {
    const isIt = (frame: ServerFrame): frame is Extract<ServerFrame, { type: T }> => frame.type === type;
    const { promise, resolve } = Promise.withResolvers<Extract<ServerFrame, { type: T }>>();
    const look = (): void => {
      const found = this.frames.filter(isIt).find(matches);
      if (found !== undefined) resolve(found);
    };
    this.#waiters.add(look);
    look();
    try {
      return await promise;
    } finally {
      this.#waiters.delete(look);
    }
  }

  notifications(): { seq: number; notification: NotificationDto }[] {
    return this.frames.filter((frame) => frame.type === "notification");
  }

  /** Waits for the notification stamped with `seq`; returns all numbers that came, in order of arrival. */
  async upTo(seq: number): Promise<number[]> {
    await this.frame("notification", (frame) => frame.seq === seq);
    return this.notifications().map((frame) => frame.seq);
  }
}

/** The HTTP status with which an upgrade is refused. */
export async function refusedWith(url: string, options: ClientOptions = {}): Promise<number> {
  const socket = new WebSocket(url, PROTOCOL, options);
  socket.on("error", () => {});
  const [request, response] = await once(socket, "unexpected-response");
  request.destroy();
  return response.statusCode;
}
