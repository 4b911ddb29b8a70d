import { CATEGORIES, PRIORITIES } from "../contract.ts";
import type { Category, NotificationDto, Priority } from "../contract.ts";
import { isOpen, isSnoozed, isUnread, needsAcknowledgement, newestFirst } from "./feed.ts";
import type { Feed } from "./feed.ts";

export const SHOWN = ["open", "unread", "all"] as const;
export type Shown = (typeof SHOWN)[number];

export interface Filters {
  show: Shown;
  category: Category | null;
  priority: Priority | null;
  /** Words of the title or the message; empty for none. No page's address holds them: browsers keep those. */
  words: string;
}

export const NO_FILTERS: Filters = { show: "open", category: null, priority: null, words: "" };

/** Characters of the words that the API looks for. */
export const WORDS = { shortest: 2, longest: 100 } as const;

export const sameFilters = (a: Filters, b: Filters): boolean =>
  a.show === b.show && a.category === b.category && a.priority === b.priority && a.words === b.words;

/** Whether some kinds of notification are left out. */
export const isNarrowed = ({ category, priority, words }: Filters): boolean =>
  category !== null || priority !== null || words !== "";

/** Reads the filters from the page's address; unknown values count as none. */
export function readFilters(query: Pick<URLSearchParams, "get">): Filters {
  const pick = <T extends string>(values: readonly T[], name: string): T | null =>
    values.find((value) => value === query.get(name)) ?? null;
  return {
    show: pick(SHOWN, "show") ?? "open",
    category: pick(CATEGORIES, "category"),
    priority: pick(PRIORITIES, "priority"),
    words: "",
  };
}

/** Writes the filters as the page's address has them, without those that stand at their default. */
export function writeFilters({ show, category, priority }: Omit<Filters, "words">): URLSearchParams {
  const query = new URLSearchParams();
  if (show !== "open") query.set("show", show);
  if (category) query.set("category", category);
  if (priority) query.set("priority", priority);
  return query;
}

/** The same as a query of GET /api/notifications. The API knows no "open": `select` picks those out. */
export function listQuery(filters: Filters): URLSearchParams {
  const query = writeFilters({ ...filters, show: "open" });
  if (filters.show === "unread") query.set("unread", "true");
  if (filters.words !== "") query.set("q", filters.words);
  return query;
}

/** The last notification of the pages loaded so far; null once all are. */
export type Boundary = Pick<NotificationDto, "created_at" | "notification_id"> | null;

export interface View {
  /** Critical and unacknowledged: on top whatever the page. */
  urgent: NotificationDto[];
  rest: NotificationDto[];
  /** Put off by their reader, out of the way until then. */
  snoozed: NotificationDto[];
}

/**
 * Picks out the notifications that the inbox shows, newest first. Those beyond the loaded pages stay hidden, so that
 * the list has no holes; those in `kept` stay although they no longer match, so that none vanishes under its reader.
 */
export function select(
  feed: Feed,
  filters: Filters,
  boundary: Boundary,
  kept: ReadonlySet<string>,
  now: number,
): View {
  const view: View = { urgent: [], rest: [], snoozed: [] };
  for (const notification of feed.values()) {
    if (!inKind(notification, filters)) continue;
    if (isSnoozed(notification, now)) view.snoozed.push(notification);
    else if (needsAcknowledgement(notification)) view.urgent.push(notification);
    else if (inReach(notification, boundary) && inState(notification, filters.show, kept))
      view.rest.push(notification);
  }
  view.urgent.sort(newestFirst);
  view.rest.sort(newestFirst);
  view.snoozed.sort(newestFirst);
  return view;
}

const inKind = (notification: NotificationDto, { category, priority, words }: Filters): boolean =>
  (!category || notification.category === category) &&
  (!priority || notification.priority === priority) &&
  (words === "" || hasWords(notification, words.toLowerCase()));

const hasWords = ({ title, message }: NotificationDto, words: string): boolean =>
  message.toLowerCase().includes(words) || (title?.toLowerCase().includes(words) ?? false);

function inState(notification: NotificationDto, show: Shown, kept: ReadonlySet<string>): boolean {
  if (show === "all") return true;
  if (!isOpen(notification)) return false;
  return show === "open" || isUnread(notification) || kept.has(notification.notification_id);
}

const inReach = (notification: NotificationDto, boundary: Boundary): boolean =>
  !boundary ||
  notification.created_at > boundary.created_at ||
  (notification.created_at === boundary.created_at &&
    notification.notification_id >= boundary.notification_id);
