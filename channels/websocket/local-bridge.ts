import { type Bridge, type Hint, inPresentTrace } from "./bridge.ts";
import { createReceipts, progressOf } from "./receipts.ts";

/** The bus of a single process. It is never away, so it never reconnects. */
export function createLocalBridge(): Bridge {
  const receipts = createReceipts();
  const inboxes = new Map<string, Set<(change: Hint) => void>>();

  async function subscribe(inboxId: string, onChange: (change: Hint) => void): Promise<() => Promise<void>> {
    const listener = (change: Hint): void => onChange(change);
    const listeners = inboxes.get(inboxId) ?? new Set();
    inboxes.set(inboxId, listeners.add(listener));
    return async () => {
      listeners.delete(listener);
      if (listeners.size === 0 && inboxes.get(inboxId) === listeners) inboxes.delete(inboxId);
    };
  }

  return {
    async publish(inboxId, change) {
      const hint = inPresentTrace(change);
      const listeners = [...(inboxes.get(inboxId) ?? [])];
      for (const listener of listeners) queueMicrotask(() => listener(hint));
      return listeners.length > 0 ? 1 : 0;
    },
    nodesOf: async (inboxIds) => inboxIds.map((id) => Number(inboxes.has(id))),
    online: async () => [...inboxes.keys()],
    subscribe,
    hint: (notificationId) => queueMicrotask(() => receipts.arrived(notificationId)),
    awaitReceipt: receipts.wait,
    hintProgress: (notificationId) => queueMicrotask(() => receipts.arrived(progressOf(notificationId))),
    onProgress: receipts.onProgress,
    onReconnect: () => () => {},
    echo: async () => true,
    state: () => "none",
    async close() {
      receipts.close();
      inboxes.clear();
    },
  };
}
