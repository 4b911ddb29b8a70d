import type { IncomingMessage } from "node:http";
import type { SocketOwner, RealtimeAuth, Revoked } from "../ports.ts";

/** Cookies and tickets `ok-<user>-<session>` are valid; the inbox of a person is `inbox-<user>`. */
export class MemoryAuth implements RealtimeAuth {
  away = false;
  readonly standing = new Map<string, "ok" | "unauthenticated" | "forbidden">();
  readonly #listeners = new Set<(who: Revoked) => void>();

  async cookie(request: IncomingMessage): Promise<SocketOwner | "too_many" | null> {
    return this.#identify(request.headers.cookie ?? "");
  }

  async ticket(ticket: string): Promise<SocketOwner | null> {
    return this.#identify(ticket);
  }

  async alive(identity: SocketOwner): Promise<"ok" | "unauthenticated" | "forbidden"> {
    if (this.away) throw new Error("the store is away");
    return this.standing.get(identity.sessionId) ?? "ok";
  }

  onRevoked(listener: (who: Revoked) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  revoke(who: Revoked): void {
    for (const listener of this.#listeners) listener(who);
  }

  async #identify(text: string): Promise<SocketOwner | null> {
    if (this.away) throw new Error("the store is away");
    const [, userId, sessionId] = /^ok-(\w+)-(\w+)$/.exec(text) ?? [];
    if (userId === undefined || sessionId === undefined) return null;
    return { userId, sessionId, inboxId: `inbox-${userId}` };
  }
}
