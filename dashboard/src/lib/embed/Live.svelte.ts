import { tick } from "svelte";
import { type Answer, LiveConnection } from "../contract.ts";
import type { ConnectionState } from "../contract.ts";
import type { Inbox } from "../inbox/Inbox.svelte.ts";
import { followPage } from "../live/follow.ts";
import type { Access } from "./Access.svelte.ts";

interface LiveOwner {
  inbox: Inbox;
  access: Access;
  /** Tokens are somebody else's by now. */
  another: () => void;
}

/** Keeps an inbox current in another system's page: a connection a token, each of which goes on where the one before it was. */
export class Live {
  state = $state.raw<ConnectionState>("connecting");
  /** When the server was last heard, in ms since the epoch. */
  heardAt = $state.raw<number | null>(null);
  /** Whose inbox it is; null until the server has said. */
  userId = $state.raw<string | null>(null);

  readonly #url: string;
  readonly #owner: LiveOwner;
  #connection: LiveConnection | null = null;
  #stop: () => void = () => undefined;
  /** Whether the server took the token that is in use. */
  #greeted = false;
  #reached: number | null = null;
  /** The number up to which the inbox is known; null before it was loaded. */
  #known: number | null = null;

  /** @param site Tocsin's address */
  constructor(site: string, owner: LiveOwner) {
    this.#url = `${site.replace(/^http/, "ws")}/api/realtime`;
    this.#owner = owner;
  }

  /** Connects by the token that there is now. */
  connect(): void {
    this.#stop();
    this.#greeted = false;
    const { inbox, access, another } = this.#owner;
    this.#connection = new LiveConnection(
      this.#url,
      {
        ...(this.userId === null ? {} : { userId: this.userId }),
        greeted: (userId) => {
          this.userId = userId;
          this.#greeted = true;
        },
        ticket: async () =>
          (await access.request<Answer<"issueTicket">>("/realtime/tickets", { method: "POST" })).ticket,
        load: (signal) => inbox.load(signal),
        merge: (notification) => inbox.receive(notification),
        reached: (seq) => (this.#reached = seq),
        counted: (counts) => inbox.count(counts),
        rendered: tick,
        visible: () => document.visibilityState === "visible" && inbox.shown,
        signedIn: () => access.stands(),
        signedOut: () => this.#left(),
        another,
        changed: (state, heardAt) => {
          if (state === "live") this.#known = this.#reached;
          this.state = state;
          this.heardAt = heardAt ?? this.heardAt;
        },
      },
      { after: this.#known },
    );
    this.#stop = followPage(this.#connection);
  }

  /** Checks at once that the page shows the current state, and says that it was seen. */
  probe(): void {
    this.#connection?.probe();
  }

  stop(): void {
    this.#stop();
  }

  /** A token that was good has ended: another may be good. One that never was is not followed by others. */
  #left(): void {
    if (this.#greeted) void this.#owner.access.renew();
    else this.#owner.access.refuse();
  }
}
