import type { Act } from "../api/notifications.ts";
import { NOTIFICATION_STATUSES, PRIORITIES } from "../contract.ts";
import type { NotificationDto } from "../contract.ts";

/** Every notification known to this page, by id. Never changed in place. */
export type Feed = ReadonlyMap<string, NotificationDto>;

/**
 * Takes in notifications from lists, answers and live frames, in any order and any number of times: none is ever
 * held twice, and none goes back to an older state.
 */
export function merge(feed: Feed, incoming: readonly NotificationDto[]): Feed {
  const newer = incoming.filter((notification) =>
    supersedes(notification, feed.get(notification.notification_id)),
  );
  if (newer.length === 0) return feed;
  const merged = new Map(feed);
  for (const notification of newer)
    if (supersedes(notification, merged.get(notification.notification_id)))
      merged.set(notification.notification_id, notification);
  return merged;
}

/** A delivery draws no new `seq`, so at the same `seq` the further status counts. */
function supersedes(notification: NotificationDto, known: NotificationDto | undefined): boolean {
  if (!known || notification.seq > known.seq) return true;
  return (
    notification.seq === known.seq &&
    NOTIFICATION_STATUSES.indexOf(notification.status) > NOTIFICATION_STATUSES.indexOf(known.status)
  );
}

/** Whether there is something to say of a change: it is new, or more urgent than it was. */
export const isNews = (notification: NotificationDto, known: NotificationDto | undefined): boolean =>
  isUnread(notification) &&
  !isOver(notification) &&
  (!known || PRIORITIES.indexOf(notification.priority) > PRIORITIES.indexOf(known.priority));

/** Newest first; ids are UUIDv7, so they break ties in the order of arrival. */
export function newestFirst(a: NotificationDto, b: NotificationDto): number {
  return compare(b.created_at, a.created_at) || compare(b.notification_id, a.notification_id);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Not seen yet by its recipient. */
export const isUnread = ({ status }: NotificationDto): boolean => status === "sent" || status === "delivered";

/** Still of concern: neither dismissed nor withdrawn. */
export const isOpen = ({ status }: NotificationDto): boolean =>
  status !== "dismissed" && status !== "expired" && status !== "cancelled";

/** Whether somebody still has to say that they have taken it on. */
export const needsAcknowledgement = (notification: NotificationDto): boolean =>
  notification.priority === "critical" &&
  notification.declined_at === null &&
  !isOver(notification) &&
  canAcknowledge(notification);

/** Whether its sender says that the problem is over, or sent something in its place. */
export const isOver = ({ resolved_at, replaced_at }: NotificationDto): boolean =>
  resolved_at !== null || replaced_at !== null;

export const canAcknowledge = (notification: NotificationDto): boolean =>
  isUnread(notification) || notification.status === "read";

/** An unacknowledged critical notification can't be put away. */
export const canDismiss = (notification: NotificationDto): boolean =>
  isOpen(notification) && !needsAcknowledgement(notification);

/** Whether an act on a notification can still be done, and has not been done yet. */
export function isPossible(act: Act, notification: NotificationDto): boolean {
  if (act === "dismiss") return canDismiss(notification);
  if (act === "decline") return needsAcknowledgement(notification);
  return act === "read" ? isUnread(notification) : canAcknowledge(notification);
}

/** Counts the notifications that nobody has looked at, without those that are put off. */
export function countUnread(feed: Feed, now: number): number {
  let count = 0;
  for (const notification of feed.values())
    if (isUnread(notification) && !isSnoozed(notification, now)) count += 1;
  return count;
}

/** What of an inbox needs somebody: critical ones that nobody has acknowledged, else those that nobody has read. */
export interface Need {
  number: number;
  critical: boolean;
}

/** Snoozed critical ones count too: escalation does not wait for them. */
export function needOf(feed: Feed, now: number): Need {
  const critical = [...feed.values()].filter(needsAcknowledgement).length;
  return toNeed(critical, countUnread(feed, now));
}

export const toNeed = (critical: number, unread: number): Need =>
  critical > 0 ? { number: critical, critical: true } : { number: unread, critical: false };

/** Whether its reader has put it off, and it still waits to be dealt with. */
export const isSnoozed = (notification: NotificationDto, now: number): boolean =>
  notification.snoozed_until !== null &&
  Date.parse(notification.snoozed_until) > now &&
  canAcknowledge(notification);
