import type { Answer, InboxCounts, NotificationDto } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { Problem } from "./problem.ts";
import { request } from "./request.ts";
import type { Fetch, Request } from "./request.ts";

export const ACTS = [
  "read",
  "unread",
  "acknowledge",
  "unacknowledge",
  "complete",
  "decline",
  "dismiss",
  "restore",
  "snooze",
] as const;
export type Act = (typeof ACTS)[number];

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
/** Who was told of a notification, what they did, and which steps come, by names. */
export type Story = Answer<"readStory">;

/** What an inbox asks of the server. */
export interface InboxCalls {
  /** One page of it, newest first. */
  list: (query: URLSearchParams, signal?: AbortSignal) => Promise<Page<NotificationDto>>;
  /** One of it; null for everybody else's. */
  find: (id: string, fetch?: Fetch) => Promise<NotificationDto | null>;
  /** Does something with one; done twice it is harmless. A snooze needs `until`, a decline `reason`. */
  act: (id: string, act: Act, saying?: Saying) => Promise<NotificationDto>;
}

/** The calls of whoever's inbox a way of asking reaches. */
export const inboxCalls = (request: Request): InboxCalls => ({
  list: async (query, signal) =>
    pageOf(await request<Answer<"listNotifications">>("/notifications", { query, signal }), "notifications"),
  find: async (id, fetch) => {
    try {
      return await request(`/notifications/${encodeURIComponent(id)}`, { fetch });
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  },
  act: async (id, act, { until, ...words } = {}) =>
    await request(`/notifications/${encodeURIComponent(id)}/${act}`, {
      method: "POST",
      body: until === undefined ? words : { ...words, until: until?.toISOString() ?? null },
    }),
});

/** The inbox of whoever is signed in. */
export const ownInbox = inboxCalls(request);

/** How much of the own inbox needs somebody. */
export const getCounts = (fetch: Fetch): Promise<InboxCounts> => request("/notifications/counts", { fetch });

/** Answers by the link that a message had, once. */
export const answerByLink = async (
  token: string,
  answer: "acknowledge" | "decline",
): Promise<Answer<"answerByLink">["status"]> =>
  (await request<Answer<"answerByLink">>("/answers", { method: "POST", body: { token, answer } })).status;

/** The reasons of which one must be given to open the original; none where none is asked for. */
export const revealReasons = async (id: string): Promise<string[]> =>
  (await request<Answer<"listRevealReasons">>(`/notifications/${encodeURIComponent(id)}/reveal`)).reasons;

/** Opens the original. Every call is put on record. */
export const reveal = (id: string, reason?: string): Promise<Original> =>
  request(`/notifications/${encodeURIComponent(id)}/reveal`, {
    method: "POST",
    body: reason === undefined ? {} : { reason },
  });

/** @param before the `earlier` of a timeline, for the events before its own */
export const getTimeline = (id: string, fetch?: Fetch, before: string | null = null): Promise<Timeline> =>
  request(
    `/notifications/${encodeURIComponent(id)}/deliveries${before === null ? "" : `?cursor=${encodeURIComponent(before)}`}`,
    { fetch },
  );

export const getStory = (id: string, fetch?: Fetch): Promise<Story> =>
  request(`/notifications/${encodeURIComponent(id)}/story`, { fetch });
