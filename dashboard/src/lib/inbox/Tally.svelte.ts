import type { InboxCounts, NotificationDto } from "../contract.ts";
import { countCritical, isSnoozed, isUnread, needsAcknowledgement, toNeed } from "./feed.ts";
import type { Feed, Need } from "./feed.ts";

/** How much of an inbox needs its person, by what the server counts: right before any list has come, and however long that is. */
export class Tally {
  #told = $state.raw<{ critical: number; unread: number; at: number } | null>(null);

  /** Takes in what the server counted. @param at the time, in ms */
  told({ unacknowledged_critical, unread }: InboxCounts, at: number): void {
    this.#told = { critical: unacknowledged_critical, unread, at };
  }

  /** Takes in what the person's own acts changed, of which the server has not sent its counts yet. */
  changed(before: Feed, after: readonly NotificationDto[], now: number): void {
    if (this.#told === null) return;
    let { critical, unread } = this.#told;
    for (const notification of after) {
      const known = before.get(notification.notification_id);
      if (known === undefined) continue;
      critical += Number(needsAcknowledgement(notification)) - Number(needsAcknowledgement(known));
      unread += Number(counts(notification, now)) - Number(counts(known, now));
    }
    this.#told = { ...this.#told, critical: Math.max(0, critical), unread: Math.max(0, unread) };
  }

  /** Whether a feed holds every critical one that nobody has acknowledged. */
  hasAll(feed: Feed): boolean {
    return this.#told !== null && countCritical(feed.values()) >= this.#told.critical;
  }

  /** What needs the person; null where the server said nothing. Whose snooze is over since it counted is unread again. */
  need(feed: Feed, now: number): Need | null {
    const told = this.#told;
    if (told === null) return null;
    let woken = 0;
    for (const notification of feed.values())
      if (isUnread(notification) && isSnoozed(notification, told.at) && !isSnoozed(notification, now))
        woken += 1;
    return toNeed(told.critical, told.unread + woken);
  }
}

const counts = (notification: NotificationDto, now: number): boolean =>
  isUnread(notification) && !isSnoozed(notification, now);
