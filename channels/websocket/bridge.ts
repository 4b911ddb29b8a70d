import { traceparent } from "../../config/trace.ts";

/**
 * The bus from the code that changes an inbox to the nodes that hold its person's sockets. It carries ids and numbers
 * only, and it may lose any message: PostgreSQL is the truth, and the gateway finds the changes of lost messages.
 */

/** Says that an inbox changed: notification `id` was stamped with `seq`. */
export interface Hint {
  seq: number;
  id: string;
  /** The span that says it, where one is active: the bus adds it by itself. */
  trace?: string | undefined;
}

/** What is published of a change: with the span that does so. */
export function inPresentTrace({ seq, id }: Hint): Hint {
  return { seq, id, trace: traceparent() ?? undefined };
}

export interface ReceiptWait {
  /** True once a receipt is hinted at; false after the timeout, an abort or `cancel`. Never rejects. */
  promise: Promise<boolean>;
  cancel(): void;
}

export interface Bridge {
  /**
   * Tells every node that has a socket for this inbox, once; the listeners of this node also while the bus is away.
   * @returns the number of nodes told
   * @throws within about 500 ms when the bus is away
   */
  publish(inboxId: string, change: Hint): Promise<number>;
  /**
   * How many nodes have a socket for each of these inboxes, in their order.
   * @throws within about 500 ms when the bus is away
   */
  nodesOf(inboxIds: string[]): Promise<number[]>;
  /**
   * The inboxes for which some node has a socket.
   * @throws within about 500 ms when the bus is away
   */
  online(): Promise<string[]>;
  /**
   * Listens for changes of an inbox. Resolves once the node hears every change published from now on. While the bus
   * is away it resolves at once, and `onReconnect` follows.
   * @returns how to stop listening
   */
  subscribe(inboxId: string, onChange: (change: Hint) => void): Promise<() => Promise<void>>;
  /** Says that a receipt of this notification has been written to PostgreSQL. Best effort. */
  hint(notificationId: string): void;
  /** Waits for the hint of a receipt. Call it before publishing, so that no hint is missed. */
  awaitReceipt(notificationId: string, timeoutMs: number, signal: AbortSignal): ReceiptWait;
  /** Says that something became of this notification's deliveries. Best effort. */
  hintProgress(notificationId: string): void;
  /**
   * Calls the listener at each hint of progress or of a receipt, and when the bus is back, since hints were missed then.
   * @returns how to stop listening
   */
  onProgress(notificationId: string, listener: () => void): () => void;
  /** Calls the listener each time the bus is back and every subscription stands again: changes may have been missed. */
  onReconnect(listener: () => void): () => void;
  /** Sends a word by way of the bus and waits until this node hears it: true once it does, false after about 500 ms. At once where there is no bus. */
  echo(): Promise<boolean>;
  /** `none`: there is one node, and no bus. */
  state(): "up" | "down" | "none";
  close(): Promise<void>;
}
