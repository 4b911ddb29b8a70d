import type { Alarm } from "../alarm/Alarm.svelte.ts";
import { actOn, listNotifications } from "../api/notifications.ts";
import type { Act, Saying } from "../api/notifications.ts";
import { everyPage } from "../api/pages.ts";
import { describe, Problem } from "../api/problem.ts";
import type { InboxCounts, NotificationDto } from "../contract.ts";
import type { Announcer } from "../ui/Announcer.svelte.ts";
import { now } from "../ui/Clock.svelte.ts";
import { announce } from "./announce.ts";
import { isNews, isPossible, isUnread, merge, needOf, toNeed } from "./feed.ts";
import type { Feed, Need } from "./feed.ts";
import { listQuery, NO_FILTERS, select } from "./filters.ts";
import type { Boundary, Filters, View } from "./filters.ts";

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
  #caughtUp = $state.raw(false);
  #told = $state.raw<Need | null>(null);
  #kept = $state.raw<ReadonlySet<string>>(new Set());

  /** The inbox by which rows have their places while somebody's hand is among them, and since when. */
  #held = $state.raw<{ feed: Feed; at: number } | null>(null);

  readonly #current = $derived(this.#select({ feed: this.feed, at: now() }));
  readonly view = $derived(this.#held ? inPlace(this.#select(this.#held), this.feed) : this.#current);
  /** What has arrived, but is not shown before the hand leaves the rows or somebody asks for it. */
  readonly arrivals = $derived.by(() => {
    const held = this.#held;
    if (held === null) return [];
    const { urgent, rest } = this.#current;
    return [...urgent, ...rest].filter(({ notification_id }) => !held.feed.has(notification_id));
  });
  /** Whether the rows are on the page: the inbox's own page is. */
  onPage = $state.raw(false);
  /** Whether the page shows all that has come: everything but what is older than the loaded pages. */
  readonly shown = $derived(
    this.onPage &&
      this.arrivals.length === 0 &&
      this.filters.category === null &&
      this.filters.priority === null,
  );
  /** By what the server says, until everything that needs somebody is here. */
  readonly need = $derived(this.#told && !this.#caughtUp ? this.#told : needOf(this.feed, now()));

  readonly #announcer: Announcer;
  readonly #alarm: Pick<Alarm, "ring">;
  #hand = false;
  #arrived: NotificationDto[] = [];
  #listing: AbortController | null = null;
  readonly #reading = new Set<string>();

  /** @param counts what the server counted as the page was loaded; null where it didn't say */
  constructor(announcer: Announcer, alarm: Pick<Alarm, "ring">, counts: InboxCounts | null) {
    this.#announcer = announcer;
    this.#alarm = alarm;
    if (counts) this.count(counts);
  }

  /** Takes in how much the server says needs the person. */
  count({ unacknowledged_critical, unread }: InboxCounts): void {
    this.#told = toNeed(unacknowledged_critical, unread);
  }

  /** Loads everything anew: the page shown, everything unread, and every critical one that nobody has acknowledged. */
  async load(signal: AbortSignal): Promise<void> {
    await this.#list(signal);
    const list = (query: URLSearchParams) => listNotifications(query, signal);
    for await (const page of everyPage(list, { unread: "true" })) this.#hear(page);
    for await (const page of everyPage(list, { priority: "critical", status: "read" })) this.#hear(page);
    this.#caughtUp = true;
  }

  /** Takes in a change from the live channel, and announces it when it is an arrival, or more urgent than before. */
  receive(notification: NotificationDto): void {
    if (this.#caughtUp && isNews(notification, this.feed.get(notification.notification_id))) {
      if (this.#arrived.length === 0) setTimeout(() => this.#announce(), ANNOUNCE_AFTER);
      this.#arrived.push(notification);
      this.#reading.delete(notification.notification_id);
    }
    this.#hear([notification]);
  }

  /** Says whether somebody's pointer or focus is among the rows: as long as it is, they keep their places. */
  setHand(there: boolean): void {
    if (there === this.#hand) return;
    this.#hand = there;
    if (there) this.#hold();
    else this.#held = null;
  }

  /** Shows what has arrived, also under somebody's hand. */
  showArrivals(): void {
    this.#held = null;
    if (this.#hand) this.#hold();
  }

  /** Shows the notifications that match the filters; where those are shown already, their rows stay as they are. */
  async open(filters: Filters): Promise<void> {
    const { show, category, priority } = this.filters;
    const same = filters.show === show && filters.category === category && filters.priority === priority;
    if (!same || !this.ready) await this.filter(filters);
  }

  /** Shows the notifications that match other filters. */
  async filter(filters: Filters): Promise<void> {
    this.filters = filters;
    this.#kept = new Set();
    this.#held = null;
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
  async act(id: string, act: Act, saying?: Saying): Promise<boolean> {
    if (this.busy.has(id)) return false;
    this.busy = new Map(this.busy).set(id, act);
    this.failures = without(this.failures, id);
    try {
      this.#take([await actOn(id, act, saying)]);
      return true;
    } catch (error) {
      const text = error instanceof Problem && error.status === 409 ? error.message : describe(error);
      this.failures = new Map(this.failures).set(id, { act, text });
      return false;
    } finally {
      this.busy = without(this.busy, id);
    }
  }

  /** Tells the server that a notification has been read. Where that fails, the next time that it is opened tries again. */
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
      // What was loaded by itself waits like what comes over the live channel; what a person asked for is shown.
      if (outer) this.#hear(page.items);
      else this.#take(page.items);
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

  #select({ feed, at }: { feed: Feed; at: number }): View {
    return select(feed, this.filters, this.#boundary, this.#kept, at);
  }

  /** Takes in changes that came by themselves: they move no row while a hand is there. */
  #hear(notifications: readonly NotificationDto[]): void {
    if (this.#hand) this.#hold();
    this.#merge(notifications);
  }

  /** What an act's failure says is over once the act is done, by whomever, or can't be any more. */
  #merge(notifications: readonly NotificationDto[]): void {
    this.feed = merge(this.feed, notifications);
    for (const [id, { act }] of this.failures) {
      const notification = this.feed.get(id);
      if (notification && !isPossible(act, notification)) this.failures = without(this.failures, id);
    }
  }

  /** Takes in what the person did or asked for; rows move for it. */
  #take(notifications: readonly NotificationDto[]): void {
    this.#merge(notifications);
    if (this.#held) this.#held = { ...this.#held, feed: merge(this.#held.feed, notifications) };
  }

  /** Where there is no row yet, none can move. */
  #hold(): void {
    const { urgent, rest } = this.view;
    if (this.#held === null && urgent.length + rest.length > 0)
      this.#held = { feed: this.feed, at: Date.now() };
  }

  #announce(): void {
    this.#announcer.say(announce(this.#arrived));
    this.#alarm.ring(this.#arrived.some(({ priority }) => priority === "critical"));
    this.#arrived = [];
  }
}

/** Rows as they are by now, in the places that they had. */
function inPlace(view: View, feed: Feed): View {
  const current = (rows: NotificationDto[]) => rows.map((row) => feed.get(row.notification_id) ?? row);
  return { urgent: current(view.urgent), rest: current(view.rest), snoozed: current(view.snoozed) };
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
