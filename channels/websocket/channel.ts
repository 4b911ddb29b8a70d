import { z } from "zod";
import { defineChannel } from "../define.ts";
import type { Channel, Deliverable, Outcome } from "../plugin.ts";
import type { Bridge } from "./bridge.ts";

/** How long a delivery waits for the recipient's receipt before it counts as accepted only, in ms. */
export const RECEIPT_TIMEOUT_MS = 2_000;
/**
 * When to try again while the bus is away, in ms: twice as long each time. Once it is back, each node brings its sockets up to date by itself.
 */
const BRIDGE_RETRY_MS = { least: 1_000, most: 30_000 };

/**
 * The live channel, under the same contract as any plugin: tells the nodes that hold a socket of the recipient, and
 * waits for a receipt. It answers `offline` where nobody is connected, and `accepted` where no socket confirmed.
 */
export function websocketChannel(bridge: Bridge): Readonly<Channel<object>> {
  return defineChannel({
    name: "websocket",
    config: z.object({}),
    hosts: () => [],
    phi: "redacted",
    idempotent: true,
    timeoutMs: 10_000,
    start: () => ({
      deliver: (deliverable) => deliver(bridge, deliverable),
      check: async () =>
        bridge.state() === "down" ? { ok: false, code: "bridge_unavailable" } : { ok: true },
    }),
  });
}

async function deliver(
  bridge: Bridge,
  { message, recipient, attempt, signal }: Deliverable,
): Promise<Outcome> {
  if (signal.aborted) return { kind: "retry", code: "aborted" };
  const receipt = bridge.awaitReceipt(message.notificationId, RECEIPT_TIMEOUT_MS, signal);
  try {
    const change = { seq: message.seq, id: message.notificationId };
    const nodes = await bridge.publish(recipient.inboxId, change);
    if (nodes === 0) return { kind: "reject", code: "offline" };
    return { kind: (await receipt.promise) ? "delivered" : "accepted" };
  } catch {
    const { least, most } = BRIDGE_RETRY_MS;
    return { kind: "retry", code: "bridge_unavailable", afterMs: Math.min(most, least * 2 ** (attempt - 1)) };
  } finally {
    receipt.cancel();
  }
}
