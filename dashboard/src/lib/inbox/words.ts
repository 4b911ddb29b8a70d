import type { Act } from "../api/notifications.ts";
import type { NotificationDto } from "../contract.ts";
import { inWords } from "../redaction/redacted.ts";
import { CATEGORY_WORDS, PRIORITY_WORDS } from "../words.ts";
import { isUnread } from "./feed.ts";
import { shown } from "../language.ts";

/** Said while an act is under way. */
export const DOING: Record<Act, string> = {
  read: "Marking as read…",
  unread: "Marking as unread…",
  acknowledge: "Acknowledging…",
  unacknowledge: "Taking it back…",
  complete: "Completing…",
  decline: "Declining…",
  dismiss: "Dismissing…",
  restore: "Bringing it back…",
  snooze: "Snoozing…",
};

/** Said of what an act was done with, before its name. */
export const DONE: Record<Act, string> = {
  read: "Read:",
  unread: "Unread again:",
  acknowledge: "Acknowledged:",
  unacknowledge: "Open again:",
  complete: "Completed:",
  decline: "Declined:",
  dismiss: "Dismissed:",
  restore: "Back in the inbox:",
  snooze: "Snoozed:",
};

export const NOT_DONE: Record<Act, string> = {
  read: "Not marked as read.",
  unread: "Not marked as unread.",
  acknowledge: "Not acknowledged.",
  unacknowledge: "Still acknowledged.",
  complete: "Not completed.",
  decline: "Not declined.",
  dismiss: "Not dismissed.",
  restore: "Not brought back.",
  snooze: "Not snoozed.",
};

/** Characters of a message that name it where it has no title. */
const NAMED = 80;

/** What a notification is called in a sentence. */
export const nameOf = ({ title, message }: NotificationDto): string =>
  inWords(title ?? message).slice(0, NAMED);

export const titleOf = ({ title, category }: NotificationDto): string => title ?? CATEGORY_WORDS[category];

/** What the mark before a title shows, in words: "Critical, unread". */
export function markWords(notification: NotificationDto): string {
  const { priority } = notification;
  if (!isUnread(notification)) return priority === "normal" ? "" : PRIORITY_WORDS[priority];
  return priority === "normal" ? "Unread" : `${PRIORITY_WORDS[priority]}, ${shown("unread")}`;
}
