import { tick } from "svelte";
import { getSession } from "../api/session.ts";
import type { Session } from "../api/session.ts";
import type { Inbox } from "../inbox/Inbox.svelte.ts";
import { LiveConnection } from "../contract.ts";
import type { ConnectionState } from "../contract.ts";
import { followPage } from "./follow.ts";

/** What a page does about its session. */
export interface LiveOwner {
  /** It has ended, or the last territory is gone: the code says which. */
  left: (code: number) => void;
  /** It is somebody else's by now. */
  another: () => void;
}

/** Keeps an inbox current over the live channel, and says in what state that channel is. */
export class WebSocketHandler {
  state = $state.raw<ConnectionState>("connecting");
  /** When the server was last heard, in ms since the epoch. */
  heardAt = $state.raw<number | null>(null);

  readonly #connection: LiveConnection;

  constructor(inbox: Inbox, { user_id }: Pick<Session, "user_id">, { left, another }: LiveOwner) {
    const url = new URL("/api/realtime", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#connection = new LiveConnection(url.href, {
      userId: user_id,
      load: (signal) => inbox.load(signal),
      merge: (notification) => inbox.receive(notification),
      counted: (counts) => inbox.count(counts),
      rendered: tick,
      visible: () => document.visibilityState === "visible" && inbox.shown,
      signedIn: async () => (await getSession()) !== null,
      signedOut: left,
      another,
      changed: (state, heardAt) => {
        this.state = state;
        this.heardAt = heardAt;
      },
    });
  }

  /** Checks at once that the page shows the current state, and says that it was seen. */
  probe(): void {
    this.#connection.probe();
  }

  /**
   * Connects and follows the network and the page's visibility.
   *
   * @returns a function that stops it
   */
  start(): () => void {
    return followPage(this.#connection);
  }
}
