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

/**
 * A delivery draws no new `seq`, nor does a step that tells others: at the same `seq` the further status counts, and then the later step.
 */
function supersedes(notification: NotificationDto, known: NotificationDto | undefined): boolean {
  if (!known || notification.seq > known.seq) return true;
  if (notification.seq < known.seq) return false;
  const further =
    NOTIFICATION_STATUSES.indexOf(notification.status) - NOTIFICATION_STATUSES.indexOf(known.status);
  return further > 0 || (further === 0 && stepAt(notification) > stepAt(known));
}

const stepAt = ({ next_step }: NotificationDto): number => (next_step ? Date.parse(next_step.at) : 0);

/** Whether there is something to say of a change: it is new, more urgent than it was, told again, or waits for somebody again. */
export const isNews = (notification: NotificationDto, known: NotificationDto | undefined): boolean =>
  !isOver(notification) &&
  (known === undefined
    ? isUnread(notification)
    : (isUnread(notification) && isMoreUrgent(notification, known)) ||
      isReopened(notification, known) ||
      isToldAgain(notification, known));

const isMoreUrgent = (notification: NotificationDto, known: NotificationDto): boolean =>
  PRIORITIES.indexOf(notification.priority) > PRIORITIES.indexOf(known.priority);

/** Whether a colleague had taken it, and has taken that back. */
const isReopened = (notification: NotificationDto, known: NotificationDto): boolean =>
  known.acknowledged_by !== null && needsAcknowledgement(notification);

/** Whether it went out to its recipient once more since, as a step of escalation does, while nobody has acknowledged it. A node from before there was that time names none. */
const isToldAgain = (notification: NotificationDto, known: NotificationDto): boolean =>
  canAcknowledge(notification) && (notification.told_again_at ?? "") > (known.told_again_at ?? "");

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

/** Whether its reader is told of it as of what is critical: it is that, or nobody else answered. */
export const isUrgent = ({ priority, told_as_critical }: NotificationDto): boolean =>
  priority === "critical" || told_as_critical;

export const canAcknowledge = (notification: NotificationDto): boolean =>
  isUnread(notification) || notification.status === "read";

/** Whether its reader acknowledged it, and may still take that back. */
export const canUnacknowledge = (
  notification: NotificationDto,
  now: number,
): notification is NotificationDto & { unacknowledge_until: string } =>
  notification.unacknowledge_until !== null &&
  Date.parse(notification.unacknowledge_until) > now &&
  notification.completed_at === null &&
  !isOver(notification);

/** Whether its policy wants its reader, who acknowledged it, to say that it is done. */
export const canComplete = (notification: NotificationDto): boolean =>
  notification.completion_due_at !== null && notification.completed_at === null && !isOver(notification);

/** Whether somebody else would be told at once in place of its reader: an alert of any priority waits for an answer. */
export const canDecline = (notification: NotificationDto): boolean =>
  notification.next_step !== null &&
  !notification.next_step.of_broadcast &&
  notification.declined_at === null &&
  !isOver(notification) &&
  canAcknowledge(notification);

/** What is critical, or waits for an answer, can't be put away without one. */
export const canDismiss = (notification: NotificationDto): boolean =>
  isOpen(notification) && !needsAcknowledgement(notification) && !canDecline(notification);

/** Whether it was read, and may lie there as unread again. */
export const canMarkUnread = ({ status, declined_at }: NotificationDto): boolean =>
  status === "read" && declined_at === null;

export const canRestore = ({ status }: NotificationDto): boolean => status === "dismissed";

/** Whether an act on a notification can still be done, and has not been done yet. */
export function isPossible(act: Act, notification: NotificationDto): boolean {
  if (act === "unread") return canMarkUnread(notification);
  if (act === "restore") return canRestore(notification);
  if (act === "dismiss") return canDismiss(notification);
  if (act === "decline") return canDecline(notification);
  if (act === "complete") return canComplete(notification);
  if (act === "unacknowledge") return canUnacknowledge(notification, 0);
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
export const needOf = (feed: Feed, now: number): Need =>
  toNeed(countCritical(feed.values()), countUnread(feed, now));

/** Counts the critical ones that nobody has acknowledged. */
export function countCritical(notifications: Iterable<NotificationDto>): number {
  let count = 0;
  for (const notification of notifications) if (needsAcknowledgement(notification)) count += 1;
  return count;
}

export const toNeed = (critical: number, unread: number): Need =>
  critical > 0 ? { number: critical, critical: true } : { number: unread, critical: false };

/** Whether its reader has put it off, and it still waits to be dealt with. */
export const isSnoozed = (notification: NotificationDto, now: number): boolean =>
  notification.snoozed_until !== null &&
  Date.parse(notification.snoozed_until) > now &&
  canAcknowledge(notification);
