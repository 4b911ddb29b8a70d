import type { NotificationDto } from "../contract.ts";
import { isUrgent, needsAcknowledgement } from "../inbox/feed.ts";
import { shownAs } from "./shown.ts";

/**
 * Has the service worker show what arrived, under the name that a push message of the same has: where this device gets those too the system shows
 * one of each. A page's own `new Notification()` throws on phones, and nobody would hear a click on it once the page is closed.
 */
export async function showArrived(arrived: readonly NotificationDto[]): Promise<void> {
  if (!("serviceWorker" in navigator && "Notification" in window)) return;
  if (Notification.permission !== "granted") return;
  const registration = await navigator.serviceWorker.getRegistration();
  // Before there is a worker that hears a click, the sound is all.
  if (!registration?.active) return;
  for (const notification of arrived) {
    const { notification_id, category, priority } = notification;
    const there = await registration.getNotifications({ tag: notification_id });
    if (there.length > 0) continue;
    const answer = needsAcknowledgement(notification) ? { answer: null } : {};
    const urgency = isUrgent(notification) ? "critical" : priority;
    const { title, options } = shownAs({ notification_id, category, priority, urgency, ...answer });
    await registration.showNotification(title, options);
  }
}
