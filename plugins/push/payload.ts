import type { Deliverable } from "tocsin/channel";

/**
 * What a device is told: which notification, of which category and priority, how urgent, and nothing of what was written. Where an acknowledgement is waited for, `answer` is the
 * token of a link that answers once, or null; `over` says that nothing is left to do.
 */
export function payloadOf({ message, asks, ends }: Deliverable): string {
  const { notificationId, deliveryId, category, priority, urgency } = message;
  return JSON.stringify({
    notification_id: notificationId,
    delivery_id: deliveryId,
    category,
    priority,
    urgency,
    ...(asks === undefined ? {} : { answer: asks.url === null ? null : new URL(asks.url).hash.slice(1) }),
    ...(ends === undefined ? {} : { over: true }),
  });
}

/**
 * The topic of a notification's messages (RFC 8030, 5.4): where a device was away, the last of them alone reaches it. 32 characters of base64url at most: an id without its
 * dashes.
 */
export const topicOf = ({ message }: Pick<Deliverable, "message">): string =>
  message.notificationId.replaceAll("-", "");
