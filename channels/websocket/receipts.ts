import type { ReceiptWait } from "./bridge.ts";

/** Those who wait on this node for hints about notifications, by notification id. */
export interface Receipts {
  /** @param timeoutMs after which the wait ends with false */
  wait(notificationId: string, timeoutMs: number, signal: AbortSignal): ReceiptWait;
  /** Calls the listener at each hint of progress, a receipt's too; answers how to stop. */
  onProgress(notificationId: string, listener: () => void): () => void;
  /** Takes a hint: a notification's id for its receipt, or what `progressOf` makes of it. */
  arrived(hint: string): void;
  /** Tells all who listen for progress to look for themselves: hints may have been missed. */
  missed(): void;
  /** Ends every wait with false. */
  close(): void;
}

const PROGRESS = "progress ";

/** The hint that something became of a notification's deliveries. A node that does not know such hints passes them over. */
export const progressOf = (notificationId: string): string => `${PROGRESS}${notificationId}`;

export function createReceipts(): Receipts {
  const waiting = createListeners<[arrived: boolean]>();
  const watching = createListeners<[]>();

  function wait(notificationId: string, timeoutMs: number, signal: AbortSignal): ReceiptWait {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const end = (arrived: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      stop();
      resolve(arrived);
    };
    const cancel = (): void => end(false);
    const timer = setTimeout(cancel, timeoutMs);
    const stop = waiting.add(notificationId, end);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    return { promise, cancel };
  }

  return {
    wait,
    onProgress: watching.add,
    arrived(hint) {
      waiting.call(hint, true);
      watching.call(hint.startsWith(PROGRESS) ? hint.slice(PROGRESS.length) : hint);
    },
    missed: () => watching.callAll(),
    close: () => waiting.callAll(false),
  };
}

/** Functions to call, by key. */
function createListeners<Args extends unknown[]>() {
  const byKey = new Map<string, Set<(...args: Args) => void>>();
  const call = (key: string, ...args: Args): void => {
    for (const listener of [...(byKey.get(key) ?? [])]) listener(...args);
  };
  return {
    add(key: string, listener: (...args: Args) => void): () => void {
      const listeners = byKey.get(key) ?? new Set();
      byKey.set(key, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && byKey.get(key) === listeners) byKey.delete(key);
      };
    },
    call,
    callAll(...args: Args): void {
      for (const key of [...byKey.keys()]) call(key, ...args);
    },
  };
}
