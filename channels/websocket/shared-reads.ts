import type { InboxPage, InboxStore, SocketOwner } from "./ports.ts";

/**
 * Reads once for all sockets of a person that ask the same at the same moment, as they do when a hint reaches them
 * together. Calls are gathered until the end of the event loop's turn and read after it, so that no answer is older
 * than the hint that asked for it.
 */
export function shareReads(inbox: InboxStore): InboxStore {
  const gathering = new Map<string, Promise<InboxPage>>();
  return {
    position: (identity) => inbox.position(identity),
    begin: (identity) => inbox.begin(identity),
    changesAfter(identity, after, limit) {
      const key = keyOf(identity, after, limit);
      const shared = gathering.get(key);
      if (shared !== undefined) return shared;
      const read = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        gathering.delete(key);
        return inbox.changesAfter(identity, after, limit);
      });
      gathering.set(key, read);
      return read;
    },
    received: (identity, device, seen) => inbox.received(identity, device, seen),
    acknowledge: (identity, id) => inbox.acknowledge(identity, id),
    dismiss: (identity, id) => inbox.dismiss(identity, id),
  };
}

/** What a subject token shows is not all of its person's. */
function keyOf({ userId, inboxId, subject }: SocketOwner, after: number, limit: number): string {
  return JSON.stringify([userId, inboxId, subject?.tokenId, after, limit]);
}
