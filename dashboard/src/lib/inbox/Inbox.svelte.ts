import { actOn, listNotifications } from "../api/notifications.ts";
import type { Act } from "../api/notifications.ts";
import { everyPage } from "../api/pages.ts";
import { describe, Problem } from "../api/problem.ts";
import type { NotificationDto } from "../contract.ts";
import type { Announcer } from "../ui/Announcer.svelte.ts";
import { now } from "../ui/Clock.svelte.ts";
import { announce } from "./announce.ts";
import { countUnread, isUnread, merge } from "./feed.ts";
import type { Feed } from "./feed.ts";
import { listQuery, NO_FILTERS, select } from "./filters.ts";
import type { Boundary, Filters } from "./filters.ts";

export interface Failure {
  act: Act;
  text: string;
}

/** Arrivals within this many ms are announced together. */
const ANNOUNCE_AFTER = 400;

/** The inbox of the person who is signed in: its notifications, the view of them, and the person's acts. */
export class Inbox {
  feed = $state.raw<Feed>(new Map());
  filters = $state.raw<Filters>(NO_FILTERS);
  /** Whether a first page for these filters has come. */
  ready = $state.raw(false);
  loading = $state.raw(false);
  next = $state.raw<string | null>(null);
  /** Why the list couldn't be loaded. */
  trouble = $state.raw<string | null>(null);
  busy = $state.raw<ReadonlyMap<string, Act>>(new Map());
  failures = $state.raw<ReadonlyMap<string, Failure>>(new Map());
  #boundary = $state.raw<Boundary>(null);
  #kept = $state.raw<ReadonlySet<string>>(new Set());

  readonly view = $derived(select(this.feed, this.filters, this.#boundary, this.#kept, now()));
  readonly unread = $derived(countUnread(this.feed, now()));

  readonly #announcer: Announcer;
  #caughtUp = false;
  #arrived: NotificationDto[] = [];
  #listing: AbortController | null = null;
  readonly #reading = new Set<string>();

  constructor(announcer: Announcer) {
    this.#announcer = announcer;
  }

  /** Loads everything anew: the page shown, everything unread, and every critical one that nobody has acknowledged. */
  async load(signal: AbortSignal): Promise<void> {
    await this.#list(signal);
    const list = (query: URLSearchParams) => listNotifications(query, signal);
    for await (const page of everyPage(list, { unread: "true" })) this.#take(page);
    for await (const page of everyPage(list, { priority: "critical", status: "read" })) this.#take(page);
    this.#caughtUp = true;
  }

  /** Takes in a change from the live channel, and announces it when it is an arrival. */
  receive(notification: NotificationDto): void {
    if (this.#caughtUp && isUnread(notification) && !this.feed.has(notification.notification_id)) {
      if (this.#arrived.length === 0) setTimeout(() => this.#announce(), ANNOUNCE_AFTER);
      this.#arrived.push(notification);
    }
    this.#take([notification]);
  }

  /** Shows the notifications that match other filters. */
  async filter(filters: Filters): Promise<void> {
    this.filters = filters;
    this.#kept = new Set();
    this.ready = false;
    this.next = null;
    await this.#list().catch(() => undefined);
  }

  async reload(): Promise<void> {
    await this.#list().catch(() => undefined);
  }

  /** Loads the next page of the list. */
  async more(): Promise<void> {
    if (this.next && !this.loading) await this.#list(undefined, this.next).catch(() => undefined);
  }

  /** Does something with a notification; a failure is kept beside it until the person tries again. */
  async act(id: string, act: Act, until?: Date): Promise<boolean> {
    if (this.busy.has(id)) return false;
    this.busy = new Map(this.busy).set(id, act);
    this.failures = without(this.failures, id);
    try {
      this.#take([await actOn(id, act, until)]);
      return true;
    } catch (error) {
      const text = error instanceof Problem && error.status === 409 ? error.message : describe(error);
      this.failures = new Map(this.failures).set(id, { act, text });
      return false;
    } finally {
      this.busy = without(this.busy, id);
    }
  }

  /** Tells the server that a notification has been seen. Where that fails, the next look at it tries again. */
  async markRead(id: string): Promise<void> {
    const notification = this.feed.get(id);
    if (!notification || !isUnread(notification) || this.#reading.has(id)) return;
    this.#reading.add(id);
    if (this.filters.show === "unread") this.#kept = new Set(this.#kept).add(id);
    try {
      this.#take([await actOn(id, "read")]);
    } catch {
      this.#reading.delete(id);
    }
  }

  async #list(outer?: AbortSignal, cursor: string | null = null): Promise<void> {
    this.#listing?.abort();
    const listing = new AbortController();
    this.#listing = listing;
    const signal = outer ? AbortSignal.any([outer, listing.signal]) : listing.signal;
    this.loading = true;
    const query = listQuery(this.filters);
    if (cursor !== null) query.set("cursor", cursor);
    try {
      const page = await listNotifications(query, signal);
      if (signal.aborted) return;
      this.#take(page.items);
      this.next = page.next;
      this.#boundary = page.next ? (page.items.at(-1) ?? null) : null;
      this.ready = true;
      this.trouble = null;
    } catch (error) {
      if (signal.aborted) return;
      this.trouble = describe(error);
      throw error;
    } finally {
      if (this.#listing === listing) this.loading = false;
    }
  }

  #take(notifications: readonly NotificationDto[]): void {
    this.feed = merge(this.feed, notifications);
  }

  #announce(): void {
    this.#announcer.say(announce(this.#arrived));
    this.#arrived = [];
  }
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
