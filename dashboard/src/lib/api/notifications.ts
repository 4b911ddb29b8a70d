import type { Answer, InboxCounts, NotificationDto } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { Problem } from "./problem.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export type Act = "read" | "acknowledge" | "decline" | "dismiss" | "snooze";

/** What somebody says with an act: until when a snooze lasts (null ends it), why they decline, what they note or read back. */
export interface Saying {
  until?: Date | null;
  reason?: string;
  note?: string;
  read_back?: string;
}

/** A notification's text as its sender wrote it, unredacted. */
export type Original = Answer<"reveal">;
/** A notification's deliveries, and the steps that it went through. */
export type Timeline = Answer<"readTimeline">;

/** One page of the own inbox, newest first. */
export const listNotifications = async (
  query: URLSearchParams,
  signal?: AbortSignal,
): Promise<Page<NotificationDto>> =>
  pageOf(await request<Answer<"listNotifications">>("/notifications", { query, signal }), "notifications");

/** One of the own inbox; null for everybody else's. */
export const findNotification = async (id: string, fetch?: Fetch): Promise<NotificationDto | null> => {
  try {
    return await request(`/notifications/${encodeURIComponent(id)}`, { fetch });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
};

/** How much of the own inbox needs somebody. */
export const getCounts = (fetch: Fetch): Promise<InboxCounts> => request("/notifications/counts", { fetch });

/** Does something with a notification; done twice it is harmless. A snooze needs `until`, a decline `reason`. */
export const actOn = (id: string, act: Act, { until, ...words }: Saying = {}): Promise<NotificationDto> =>
  request(`/notifications/${encodeURIComponent(id)}/${act}`, {
    method: "POST",
    body: until === undefined ? words : { ...words, until: until?.toISOString() ?? null },
  });

/** The reasons of which one must be given to open the original; none where none is asked for. */
export const revealReasons = async (id: string): Promise<string[]> =>
  (await request<Answer<"listRevealReasons">>(`/notifications/${encodeURIComponent(id)}/reveal`)).reasons;

/** Opens the original. Every call is put on record. */
export const reveal = (id: string, reason?: string): Promise<Original> =>
  request(`/notifications/${encodeURIComponent(id)}/reveal`, {
    method: "POST",
    body: reason === undefined ? {} : { reason },
  });

export const getTimeline = (id: string, fetch?: Fetch): Promise<Timeline> =>
  request(`/notifications/${encodeURIComponent(id)}/deliveries`, { fetch });

const recipients = new Map<string, Promise<string | null>>();

/** The recipient of a notification; null where the person who asks may not see that. Asked once. */
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
