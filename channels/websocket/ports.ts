import type { IncomingMessage } from "node:http";
import type { InboxCounts, NotificationDto } from "../contract.ts";

/** The person and the session that a socket belongs to. */
export interface SocketOwner {
  userId: string;
  sessionId: string;
  inboxId: string;
  /** Set where a page of another system opened it by a subject token, for one territory and until then. Its id is the session's. */
  subject?: { tokenId: string; expiresAt: Date };
}

/** The sessions that a revocation concerns: one, every one of a person, or, where neither is named, any. */
export interface Revoked {
  sessionId?: string;
  userId?: string;
}

/** Signs sockets in and says when they must go. */
export interface RealtimeAuth {
  /** The session in the request's cookie; null when there is none or it is not valid, `too_many` where too many ask by it at once. */
  cookie(request: IncomingMessage): Promise<SocketOwner | "too_many" | null>;
  /** Takes a ticket, which is good once; null when it is not valid. @param page the origin of a page of another system; null for this site and programs */
  ticket(ticket: string, page: string | null): Promise<SocketOwner | null>;
  alive(identity: SocketOwner): Promise<"ok" | "unauthenticated" | "forbidden">;
  /** Hears of revocations. Where some may have gone unheard, the listener is called with `{}`, and every session is checked. */
  onRevoked(listener: (who: Revoked) => void): () => void;
}

/** The changes stamped after `after`, up to `to`. */
export interface Stretch {
  after: number;
  to: number;
}

/** `signed_out`: the session has ended meanwhile, and nothing was done. */
export type ActAnswer = "ok" | "not_found" | "conflict" | "signed_out";

/** Changes of an inbox, ordered by seq, and how much of it needs its person with them. */
export interface InboxPage {
  changes: NotificationDto[];
  counts: InboxCounts;
}

/** A person's inbox in PostgreSQL. Every call may fail while it is away. */
export interface InboxStore {
  /** The last number drawn. Every change stamped at or below it can be read. */
  position(identity: SocketOwner): Promise<number>;
  /** Where a socket begins: the position, the last number before the first recent change that no page has shown, and the counts. */
  begin(identity: SocketOwner): Promise<{ position: number; seenTo: number; counts: InboxCounts }>;
  /** The first changes stamped after `after`. */
  changesAfter(identity: SocketOwner, after: number, limit: number): Promise<InboxPage>;
  /**
   * Records that a device has the changes stamped in `device`, and that a visible page shows those in `seen`.
   * @returns the ids of the notifications newly delivered or seen
   */
  received(identity: SocketOwner, device: Stretch, seen: Stretch): Promise<string[]>;
  acknowledge(identity: SocketOwner, notificationId: string): Promise<ActAnswer>;
  dismiss(identity: SocketOwner, notificationId: string): Promise<ActAnswer>;
}
