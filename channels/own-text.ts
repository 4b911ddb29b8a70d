import { v7 as uuidv7 } from "uuid";
import { attempt, type Settled } from "./outcome.ts";
import type { Deliverable } from "./plugin.ts";
import type { Running } from "./registry.ts";

/** How long a caller waits for the channel to take a text; ms. */
const SEND_TIMEOUT = 15_000;

/**
 * Sends a text of the program's own to an address, whatever the channel may see of notifications. It is no notification:
 * nobody's inbox has it.
 */
export async function sendOwnText(
  { channel, instance }: Running,
  { userId, address }: { userId: string; address: string },
  { purpose, title, text }: Pick<Deliverable, "purpose"> & { title: string; text: string },
): Promise<Settled> {
  const id = uuidv7();
  return await attempt(channel, instance, {
    message: {
      notificationId: id,
      deliveryId: id,
      seq: 0,
      category: "system_message",
      priority: "high",
      urgency: "high",
      title,
      text,
      createdAt: new Date().toISOString(),
    },
    recipient: { userId, inboxId: id, address },
    purpose,
    attempt: 1,
    idempotencyKey: id,
    signal: AbortSignal.timeout(SEND_TIMEOUT),
  });
}
