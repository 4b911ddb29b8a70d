import type { NotificationDto } from "../channels/contract.ts";
import type { Ticket } from "./api.ts";
import { call, type Site } from "./call.ts";
import { Gap, Refused, SignedOut } from "./errors.ts";
import { type ConnectionState, LiveConnection, type SocketClass } from "./live/connection.ts";

export interface InboxOptions {
  /** Tocsin's address, or those of its nodes: after a loss the next is tried. */
  url: string | readonly string[];
  /** The session's cookie, `name=value`; none in a browser, which has its own. */
  session?: string;
  /** Goes on after the change of this number; none: with what comes from now on. */
  after?: number;
  /** Whether a person sees what was taken, which counts as seen; never unless given. */
  visible?: () => boolean;
  /** Hears of the connection's state. */
  onState?: (state: ConnectionState) => void;
  /** Ends it. */
  signal?: AbortSignal;
  /** In place of the platform's own, e.g. `ws` on a Node that has none. */
  WebSocket?: SocketClass;
}

/** An arrival in an inbox, or a change of what is there. */
export interface Change {
  seq: number;
  notification: NotificationDto;
}

/**
 * A person's inbox as it changes: every change once and in order, for as long as somebody reads. It comes back by itself after a loss and
 * goes on where it was. What was taken out is confirmed as being on a device.
 * @throws SignedOut once the session has ended; Gap where the inbox can't go on after the number given, as after a restore
 */
export async function* inbox(options: InboxOptions): AsyncGenerator<Change, void> {
  const { url, after, visible = () => false, onState, signal } = options;
  const urls = typeof url === "string" ? [url] : url;
  let tries = 0;
  const held = new Map<number, Change>();
  const ready: Change[] = [];
  let given = after ?? -1;
  let begun = after !== undefined;
  let end: Error | null = null;
  let wake = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();
  const stop = (error: Error | null): void => {
    end = error;
    connection.stop();
    wake.resolve();
  };
  const connection = new LiveConnection(
    () => `${urls[tries++ % urls.length]}/api/realtime`.replace(/^http/, "ws"),
    {
      load: async () => {
        if (begun) stop(new Gap(given));
        begun = true;
      },
      merge: (notification) => {
        if (notification.seq > given) held.set(notification.seq, { seq: notification.seq, notification });
      },
      reached: (seq) => {
        const next = [...held.values()].filter((change) => change.seq <= seq).sort((a, b) => a.seq - b.seq);
        for (const change of next) held.delete(change.seq);
        ready.push(...next);
        given = Math.max(given, seq);
        wake.resolve();
      },
      counted: () => undefined,
      rendered: () => (ready.length === 0 ? Promise.resolve() : taken.promise),
      visible,
      signedIn: () => openTicket(options).then(() => true, isStanding),
      signedOut: (code) => stop(new SignedOut(code)),
      changed: (state) => onState?.(state),
      ...(options.session === undefined ? {} : { ticket: () => openTicket(options) }),
    },
    {
      ...(after === undefined ? {} : { after }),
      ...(options.WebSocket === undefined ? {} : { WebSocket: options.WebSocket }),
    },
  );
  const abort = (): void => stop(null);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    if (signal?.aborted !== true) connection.start();
    while (signal?.aborted !== true) {
      const change = ready.shift();
      if (change !== undefined) {
        yield change;
        continue;
      }
      if (end !== null) throw end;
      taken.resolve();
      taken = Promise.withResolvers();
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    connection.stop();
  }
}

/** A ticket, by which a socket without a cookie signs in. */
async function openTicket({ url, session, signal }: InboxOptions): Promise<string> {
  const headers = (at: string): Record<string, string> =>
    session === undefined ? {} : { Cookie: session, Origin: new URL(at).origin };
  const site: Site = { url, headers };
  const bounds = { patience: 5_000, longest: 10_000, ...(signal === undefined ? {} : { signal }) };
  const { ticket }: Ticket = await call(site, { method: "POST", path: "/api/realtime/tickets" }, bounds);
  return ticket;
}

/** Whether a session may still stand although there was no ticket for it. */
const isStanding = (error: unknown): boolean => !(error instanceof Refused && error.status === 401);
