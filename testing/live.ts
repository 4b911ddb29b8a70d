import WebSocket from "ws";
import { type NotificationDto, PROTOCOL, type ServerFrame } from "../channels/contract.ts";
import type { Person } from "./client.ts";
import { until } from "./until.ts";

/**
 * A live client that follows the protocol to the letter, and keeps a log of everything that it was shown. It comes
 * back by itself after a loss, resuming from the last number that it has seen.
 */
export class LiveClient {
  /** Every `notification` frame, in order. */
  readonly frames: { seq: number; notification: NotificationDto }[] = [];
  /** Notifications in the order of their first showing. */
  readonly shown: NotificationDto[] = [];
  readonly closes: number[] = [];
  /** Position: everything up to it has been seen. */
  position = -1;
  /** When each notification was first shown; performance.now(). */
  readonly at = new Map<string, number>();
  #confirms = true;
  #socket: WebSocket | null = null;
  #person: Person;
  #stopped = false;
  /** The position that a resume under way named. */
  #resumedFrom: number | null = null;

  constructor(person: Person) {
    this.#person = person;
    this.#connect();
  }

  /** Follows another node from now on, from where it is. */
  moveTo(person: Person): void {
    this.#person = person;
    this.#socket?.close();
  }

  async connected(): Promise<this> {
    await until(
      "the live client is connected",
      () => this.#socket?.readyState === WebSocket.OPEN && this.position >= 0,
    );
    return this;
  }

  async sees(id: string, timeoutMs?: number): Promise<NotificationDto> {
    return await until(
      `the live client sees ${id}`,
      () => this.shown.find((one) => one.notification_id === id),
      timeoutMs,
    );
  }

  async seesStatus(id: string, status: string): Promise<NotificationDto> {
    const matches = ({ notification }: { notification: NotificationDto }): boolean =>
      notification.notification_id === id && notification.status === status;
    return (await until(`the live client sees ${id} ${status}`, () => this.frames.find(matches)))
      .notification;
  }

  /** Shows every notification that comes, and keeps the receipts back until told to confirm. */
  confirm(confirms: boolean): void {
    this.#confirms = confirms;
    if (confirms) this.#send({ type: "received", seq: this.position });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.terminate();
    await closed;
  }

  #connect(): void {
    const { url, cookie } = this.#person;
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
      headers: { Cookie: cookie, Origin: url },
    });
    this.#socket = socket;
    this.#resumedFrom = null;
    socket.on("error", () => undefined);
    socket.on("message", (data) => this.#read(JSON.parse(data.toString())));
    socket.on("close", (code) => {
      this.closes.push(code);
      if (!this.#stopped) setTimeout(() => this.#stopped || this.#connect(), 50 + Math.random() * 100);
    });
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #resume(): void {
    this.#resumedFrom = this.position;
    this.#send({ type: "resume", after: this.position });
  }

  #read(frame: ServerFrame): void {
    switch (frame.type) {
      case "hello":
        if (this.position < 0) this.position = frame.seq;
        else if (frame.seq > this.position) this.#resume();
        // What it confirmed to a node that died may not have been written.
        else if (this.#confirms) this.#send({ type: "received", seq: this.position });
        break;
      case "notification":
        if (this.#resumedFrom === null && frame.seq > this.position + 1) return this.#resume();
        if (frame.seq <= this.position) return;
        this.#show(frame.seq, frame.notification);
        break;
      case "resumed":
        this.#resumed(frame);
        break;
      case "error":
        throw new Error(`the server answered ${frame.code}`);
    }
  }

  #resumed({ seq, after }: { seq: number; after?: number }): void {
    if (this.#resumedFrom === null) {
      if (after !== undefined && after <= this.position) this.position = Math.max(this.position, seq);
      return;
    }
    // What names another number was sent before the resume was read.
    if (after !== undefined && after !== this.#resumedFrom) return;
    this.#resumedFrom = null;
    this.#reached(seq);
  }

  /** Everything up to `seq` has been shown. */
  #reached(seq: number): void {
    this.position = Math.max(this.position, seq);
    if (this.#confirms) this.#send({ type: "received", seq: this.position });
  }

  #show(seq: number, notification: NotificationDto): void {
    this.frames.push({ seq, notification });
    // While a resume is under way, what was sent before it was read may come first: nothing is confirmed until its answer.
    if (this.#resumedFrom === null) this.#reached(seq);
    if (this.at.has(notification.notification_id)) return;
    this.at.set(notification.notification_id, performance.now());
    this.shown.push(notification);
  }
}
