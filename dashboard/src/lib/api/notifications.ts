import type { DeliveryDto, DeliveryEventDto, NotificationDto } from "../contract.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export interface NotificationPage {
  notifications: NotificationDto[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

export type Act = "read" | "acknowledge" | "dismiss" | "snooze";

/** What the sender wrote, unredacted. */
export interface Original {
  title: string | null;
  message: string;
}

export interface Timeline {
  deliveries: DeliveryDto[];
  events: DeliveryEventDto[];
}

const PAGE = "50";
const LARGEST_PAGE = "100";

/** One page of the own inbox, newest first. */
export function listNotifications(
  filters: URLSearchParams,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<NotificationPage> {
  const query = new URLSearchParams(filters);
  if (!query.has("limit")) query.set("limit", PAGE);
  if (cursor) query.set("cursor", cursor);
  return request("/notifications", signal ? { query, signal } : { query });
}

/** Every notification that matches, page after page. */
export async function* everyNotification(
  filters: Record<string, string>,
  signal: AbortSignal,
): AsyncGenerator<NotificationDto[]> {
  const query = new URLSearchParams({ ...filters, limit: LARGEST_PAGE });
  let cursor: string | null = null;
  do {
    const page: NotificationPage = await listNotifications(query, cursor, signal);
    yield page.notifications;
    cursor = page.next;
  } while (cursor);
}

/** Does something with a notification; repeating it is harmless. A snooze says until when. */
export const act = (id: string, what: Act, until?: Date): Promise<NotificationDto> =>
  request(`/notifications/${encodeURIComponent(id)}/${what}`, {
    method: "POST",
    body: until ? { until: until.toISOString() } : {},
  });

/** Opens the original. Every call is put on record. */
export const reveal = (id: string): Promise<Original> =>
  request(`/notifications/${encodeURIComponent(id)}/reveal`, { method: "POST", body: {} });

/** What became of a notification, channel by channel. */
export const getTimeline = (id: string, fetch?: Fetch): Promise<Timeline> =>
  request(`/notifications/${encodeURIComponent(id)}/deliveries`, fetch ? { fetch } : {});

const recipients = new Map<string, Promise<string | null>>();

/** Whom a notification went to; null where the person who asks may not see that. Asked once. */
export function recipientOf(id: string): Promise<string | null> {
  const known = recipients.get(id);
  if (known) return known;
  const answer = getTimeline(id).then(
    ({ deliveries }) => deliveries[0]?.user_id ?? null,
    () => null,
  );
  recipients.set(id, answer);
  return answer;
}
