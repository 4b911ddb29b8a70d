import type { Act } from "../api/notifications.ts";
import type { NotificationDto } from "../contract.ts";
import { canAcknowledge, canDismiss, isUnread, needsAcknowledgement } from "./feed.ts";

/** What can be done with several at once. */
export const BULK = ["acknowledge", "read", "dismiss"] as const satisfies Act[];
export type Bulk = (typeof BULK)[number];

/** What waits for an acknowledgement is taken on one at a time, by somebody who looks at it. */
export const canSelect = (notification: NotificationDto): boolean => !needsAcknowledgement(notification);

/** Whether an act on several takes this one in. What has to be read back is acknowledged by itself. */
export function takesIn(act: Bulk, notification: NotificationDto): boolean {
  if (!canSelect(notification)) return false;
  if (act === "acknowledge") return canAcknowledge(notification) && !notification.read_back;
  return act === "read" ? isUnread(notification) : canDismiss(notification);
}
