import { CLOSE, PROTOCOL } from "../../channels/contract.ts";
import type { ClientFrame, InboxCounts, NotificationDto, ServerFrame } from "../../channels/contract.ts";
import { delay, RECONNECT } from "../backoff.ts";
import type { Backoff } from "../backoff.ts";
import { parseFrame } from "./frames.ts";
import { Position } from "./position.ts";

/** A WebSocket, as browsers, Node and `ws` have it. */
export interface LiveSocket {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number }) => void): void;
}
export type SocketClass = new (url: string, protocol: string) => LiveSocket;

/** `readyState` of an open one. */
const OPEN = 1;

export type ConnectionState = "connecting" | "live" | "reconnecting" | "offline";

/** The connection's calls to its owner. */
export interface ConnectionOwner {
  /** Whose inbox it is, which is to stay so; unset where it is taken as the server says. */
  userId?: string;
  /** The server has taken the socket, as this person's. */
  greeted?: (userId: string) => void;
  /**
   * Loads the inbox by HTTP; called after `hello`, so that nothing falls between the two, and again where the changes can't be followed from
   * where it was. Rejects on failure.
   */
  load: (signal: AbortSignal) => Promise<void>;
  /** Merges one change, which may be known already. */
  merge: (notification: NotificationDto) => void;
  /** Everything up to this number has been merged, and nothing below it is to come. */
  reached?: (seq: number) => void;
  /** Fetches a ticket by which the socket signs in; unset where it comes with a cookie. */
  ticket?: () => Promise<string>;
  /** Says how much of the inbox needs the person. */
  counted: (counts: InboxCounts) => void;
  /** Resolves once every merged change is on the page; a receipt goes out only then. */
  rendered: () => Promise<void>;
  /** Whether the page is visible: only then do the notifications on it count as seen. */
  visible: () => boolean;
  /** Asks the server whether the session still stands, after a connection that never opened. */
  signedIn: () => Promise<boolean>;
  /** The session or the last territory is gone: the connection has stopped for good. */
  signedOut: (code: number) => void;
  /** The session is somebody else's by now: the connection has stopped for good. */
  another?: () => void;
  /** The state or the time of the last frame has changed. */
  changed: (state: ConnectionState, heardAt: number | null) => void;
}

/** Times in ms. */
export interface ConnectionOptions {
  backoff: Backoff;
  /** Longest wait for `hello` after opening, and for the next frame while resuming. */
  answer: number;
  /** How often a quiet live connection checks its position, which also finds one that died silently. */
  probe: number;
  /** A connection live this long starts its next backoff from the beginning. */
  stable: number;
  random: () => number;
  /** Where it begins: the inbox up to this number is known, so it need not be loaded. */
  after: number | null;
  WebSocket: SocketClass;
}

const DEFAULTS: ConnectionOptions = {
  backoff: RECONNECT,
  answer: 15_000,
  probe: 45_000,
  stable: 10_000,
  random: Math.random,
  after: null,
  WebSocket: globalThis.WebSocket,
};

/**
 * Client of the live protocol: connects, catches up, follows the change log without gaps, sends receipts and
 * comes back after a loss. Knows nothing of the page; state is pushed to the owner.
 */
export class LiveConnection {
  state: ConnectionState = "connecting";
  /** When the server was last heard, in ms since the epoch. */
  heardAt: number | null = null;

  readonly #url: () => string;
  readonly #owner: ConnectionOwner;
  readonly #options: ConnectionOptions;
  #socket: LiveSocket | null = null;
  #position: Position | null = null;
  #loaded = false;
  #loading: AbortController | null = null;
  #resumedFrom: number | null = null;
  #receipt = -1;
  #seen = -1;
  #attempt = 0;
  #liveSince: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** @param url is asked for at each try, where there are several */
  constructor(
    url: string | (() => string),
    owner: ConnectionOwner,
    options: Partial<ConnectionOptions> = {},
  ) {
    this.#url = typeof url === "string" ? () => url : url;
    this.#owner = owner;
    this.#options = { ...DEFAULTS, ...options };
    const { after } = this.#options;
    if (after === null) return;
    this.#position = new Position(after);
    this.#loaded = true;
  }

  /** Opens the connection and keeps it open until `stop`. */
  start(): void {
    if (this.#socket || this.#stopped) return;
    const { WebSocket: Socket } = this.#options;
    const socket = new Socket(this.#url(), PROTOCOL);
    this.#socket = socket;
    this.#wait(this.#options.answer, () => this.#drop());
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#receive(data);
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#closed(code);
    });
    const { ticket } = this.#owner;
    if (ticket !== undefined) socket.addEventListener("open", () => void this.#signIn(socket, ticket));
  }

  async #signIn(socket: LiveSocket, fetchTicket: () => Promise<string>): Promise<void> {
    const ticket = await fetchTicket().catch(() => null);
    if (socket !== this.#socket) return;
    if (ticket === null) socket.close();
    else this.#send({ type: "auth", ticket });
  }

  /** Closes for good. */
  stop(): void {
    this.#stopped = true;
    this.#detach()?.close(1000);
  }

  /** Tells whether the machine has a network, as the browser sees it. */
  network(online: boolean): void {
    if (this.#stopped) return;
    if (online) {
      if (this.#socket) return;
      this.#attempt = 0;
      this.#retry();
    } else {
      this.#detach()?.close();
      this.#become("offline");
    }
  }

  /** Checks at once that the page shows the current state, e.g. when it becomes visible again. */
  probe(): void {
    if (this.state === "live") this.#resume();
    else if (!this.#socket && this.state !== "offline") this.start();
  }

  #receive(data: unknown): void {
    const frame = parseFrame(data);
    if (!frame) return;
    const { userId } = this.#owner;
    if (frame.type === "hello" && userId !== undefined && frame.user_id !== userId) {
      this.stop();
      this.#owner.another?.();
      return;
    }
    this.heardAt = Date.now();
    if ("counts" in frame) this.#owner.counted(frame.counts);
    switch (frame.type) {
      case "hello":
        this.#owner.greeted?.(frame.user_id);
        this.#hello(frame);
        break;
      case "notification":
        this.#owner.merge(frame.notification);
        this.#position?.note(frame.seq);
        this.#moved();
        this.#follow();
        break;
      case "resumed":
        this.#resumed(frame);
        break;
      case "error":
        break;
    }
    this.#owner.changed(this.state, this.heardAt);
  }

  #hello({ seq }: Extract<ServerFrame, { type: "hello" }>): void {
    clearTimeout(this.#timer);
    // A restore takes numbers back: what is known is no beginning any more.
    if (this.#position && seq < this.#position.at) this.#loaded = false;
    if (this.#position && this.#loaded) {
      if (seq > this.#position.at || this.#position.gap) this.#resume();
      else this.#live();
    } else {
      this.#position = new Position(seq);
      this.#moved();
      void this.#load();
    }
  }

  /** Loads the inbox until it succeeds or the connection is lost. */
  async #load(): Promise<void> {
    const loading = new AbortController();
    this.#loading = loading;
    for (let attempt = 0; !loading.signal.aborted; attempt += 1) {
      try {
        await this.#owner.load(loading.signal);
        if (loading.signal.aborted) return;
        this.#loaded = true;
        this.#live();
        return;
      } catch {
        await this.#pause(delay(attempt + 1, this.#options.random(), this.#options.backoff), loading.signal);
      }
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  #resume(): void {
    if (!this.#position || this.#resumedFrom !== null) return;
    this.#resumedFrom = this.#position.at;
    this.#send({ type: "resume", after: this.#position.at });
    this.#wait(this.#options.answer, () => this.#drop());
  }

  #resumed({ seq, after }: { seq: number; after?: number | undefined }): void {
    const position = this.#position;
    if (!position) return;
    if (this.#resumedFrom === null) {
      if (after !== undefined && after <= position.at) position.settle(seq);
      this.#moved();
      return;
    }
    // What names another number comes before the answer that is waited for.
    if (after !== undefined && after !== this.#resumedFrom) return;
    const stuck = position.at === this.#resumedFrom && seq <= this.#resumedFrom;
    this.#resumedFrom = null;
    position.settle(seq);
    this.#moved();
    if (position.gap && stuck) {
      this.#loaded = false;
      this.#drop();
    } else if (position.gap) this.#resume();
    else this.#live();
  }

  #moved(): void {
    if (this.#position) this.#owner.reached?.(this.#position.at);
  }

  /** After a change: asks for what is missing, or says what has been shown. */
  #follow(): void {
    if (!this.#loaded || !this.#position) return;
    if (this.#resumedFrom !== null) this.#wait(this.#options.answer, () => this.#drop());
    else if (this.#position.gap) this.#resume();
    else this.#live();
  }

  #live(): void {
    this.#liveSince ??= Date.now();
    this.#become("live");
    this.#wait(this.#options.probe * (0.75 + this.#options.random() / 2), () => this.#resume());
    if (this.#position?.gap) this.#resume();
    else void this.#sendReceipt();
  }

  async #sendReceipt(): Promise<void> {
    const seq = this.#position?.at ?? 0;
    const socket = this.#socket;
    const visible = this.#owner.visible();
    if (seq <= (visible ? this.#seen : this.#receipt)) return;
    this.#receipt = seq;
    if (visible) this.#seen = seq;
    await this.#owner.rendered();
    if (socket !== this.#socket || seq !== this.#receipt) return;
    this.#send(visible ? { type: "received", seq, visible } : { type: "received", seq });
  }

  #closed(code: number): void {
    const wasLive = this.#liveSince !== null;
    this.#detach();
    if (this.#stopped) return;
    if (code === CLOSE.unauthenticated || code === CLOSE.forbidden) {
      this.#stopped = true;
      this.#become("offline");
      this.#owner.signedOut(code);
    } else if (code >= 4500) {
      this.#stopped = true;
      this.#become("offline");
    } else {
      if (code === CLOSE.restart || code === CLOSE.tooSlow) this.#attempt = Math.max(this.#attempt, 1);
      this.#retry();
      if (!wasLive) void this.#checkSession();
    }
  }

  async #checkSession(): Promise<void> {
    const signedIn = await this.#owner.signedIn().catch(() => true);
    if (signedIn || this.#stopped) return;
    this.stop();
    this.#become("offline");
    this.#owner.signedOut(CLOSE.unauthenticated);
  }

  #drop(): void {
    this.#detach()?.close();
    this.#retry();
  }

  /** Lets go of the socket and of whatever was under way on it. */
  #detach(): LiveSocket | null {
    const socket = this.#socket;
    clearTimeout(this.#timer);
    this.#loading?.abort();
    this.#socket = null;
    this.#resumedFrom = null;
    this.#receipt = -1;
    this.#seen = -1;
    if (!this.#loaded) this.#position = null;
    if (this.#liveSince !== null && Date.now() - this.#liveSince >= this.#options.stable) this.#attempt = 0;
    this.#liveSince = null;
    return socket;
  }

  #retry(): void {
    this.#become("reconnecting");
    this.#wait(delay(this.#attempt, this.#options.random(), this.#options.backoff), () => this.start());
    this.#attempt += 1;
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #become(state: ConnectionState): void {
    this.state = state;
    this.#owner.changed(state, this.heardAt);
  }

  #send(frame: ClientFrame): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }
}
