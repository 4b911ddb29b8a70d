import type { ReceiptWait } from "./bridge.ts";

/** The waits for receipts, by notification id. */
export interface Receipts {
  /** @param timeoutMs after which the wait ends with false */
  wait(notificationId: string, timeoutMs: number, signal: AbortSignal): ReceiptWait;
  arrived(notificationId: string): void;
  /** Ends every wait with false. */
  close(): void;
}

export function createReceipts(): Receipts {
  const waiting = new Map<string, Set<(arrived: boolean) => void>>();

  function wait(notificationId: string, timeoutMs: number, signal: AbortSignal): ReceiptWait {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiters = waiting.get(notificationId) ?? new Set();
    const end = (arrived: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      waiters.delete(end);
      if (waiters.size === 0 && waiting.get(notificationId) === waiters) waiting.delete(notificationId);
      resolve(arrived);
    };
    const cancel = (): void => end(false);
    const timer = setTimeout(cancel, timeoutMs);
    waiting.set(notificationId, waiters.add(end));
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    return { promise, cancel };
  }

  return {
    wait,
    arrived(notificationId) {
      for (const end of [...(waiting.get(notificationId) ?? [])]) end(true);
    },
    close() {
      for (const waiters of [...waiting.values()]) for (const end of [...waiters]) end(false);
    },
  };
}
