import type { Act, Saying } from "../api/notifications.ts";
import type { NotificationDto } from "../contract.ts";
import { isUnread } from "./feed.ts";

/**
 * How a notification will be once the server has done an act, as far as that is certain: shown until its answer comes. What has to be read back first,
 * and what ends an alert for others, is shown once it is so.
 * @param at the time, ISO
 */
export function predict(
  notification: NotificationDto,
  act: Act,
  saying: Saying | undefined,
  at: string,
): NotificationDto {
  switch (act) {
    case "read":
      return isUnread(notification) ? { ...notification, status: "read", read_at: at } : notification;
    case "unread":
      return { ...notification, status: "delivered", read_at: null };
    case "acknowledge":
      return notification.read_back
        ? notification
        : {
            ...notification,
            ...{ status: "acknowledged", acknowledged_at: at, acknowledged_by: null },
            ...{ declined_at: null, decline_reason: null, next_step: null },
          };
    case "dismiss":
      return { ...notification, status: "dismissed", dismissed_at: at };
    case "restore":
      return {
        ...notification,
        ...{ status: notification.acknowledged_at === null ? "read" : "acknowledged", dismissed_at: null },
      };
    case "snooze":
      return { ...notification, snoozed_until: saying?.until?.toISOString() ?? null };
    case "decline":
    case "complete":
    case "unacknowledge":
      return notification;
  }
}
