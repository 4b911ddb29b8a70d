import type { DeliveryDto, DeliveryEventDto, NotificationDto } from "../contract.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export interface NotificationPage {
  notifications: NotificationDto[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

export type Act = "read" | "acknowledge" | "dismiss";

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

/** Does something with a notification; repeating it is harmless. */
export const act = (id: string, what: Act): Promise<NotificationDto> =>
  request(`/notifications/${encodeURIComponent(id)}/${what}`, { method: "POST", body: {} });

/** Opens the original. Every call is put on record. */
export const reveal = (id: string): Promise<Original> =>
  request(`/notifications/${encodeURIComponent(id)}/reveal`, { method: "POST", body: {} });

/** What became of a notification, channel by channel. */
export const getTimeline = (id: string, fetch: Fetch): Promise<Timeline> =>
  request(`/notifications/${encodeURIComponent(id)}/deliveries`, { fetch });
