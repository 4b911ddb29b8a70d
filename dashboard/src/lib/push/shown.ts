import type { Category, Priority } from "../contract.ts";
import { CATEGORY_WORDS } from "../words.ts";

/** What the channel `push` sends: ids, category, priority and urgency, and nothing of what was written. */
export interface Push {
  notification_id: string;
  category: Category;
  priority: Priority;
  /** How urgently its reader is told. */
  urgency: Priority;
  /** Where an acknowledgement is waited for: a token that answers once; null where there is none. */
  answer?: string | null;
  /** Nothing is left to do about it. */
  over?: boolean;
}

/** `actions`, `badge` and `renotify` are missing from TypeScript's own library. */
interface Options extends NotificationOptions {
  actions: { action: string; title: string }[];
  renotify: boolean;
  timestamp: number;
}

/** How the system shows a message: one a notification, which a later message about the same takes the place of. */
export function shownAs(push: Push): { title: string; options: Options } {
  const { notification_id, category, priority, urgency, answer, over = false } = push;
  const waits = answer !== undefined && !over;
  return {
    title: over ? "Nothing left to do" : priority === "critical" ? "Critical alert" : "New notification",
    options: {
      body: over
        ? `${CATEGORY_WORDS[category]}: it is taken, or over.`
        : `${CATEGORY_WORDS[category]}. Open Tocsin to read it.`,
      tag: notification_id,
      renotify: !over,
      silent: over,
      requireInteraction: urgency === "critical" && !over,
      icon: "/icons/icon-192.png",
      badge: "/icons/badge-96.png",
      timestamp: Date.now(),
      data: push,
      actions: [
        ...(waits ? [{ action: "acknowledge", title: "Acknowledge" }] : []),
        { action: "open", title: "Open" },
      ],
    },
  };
}
