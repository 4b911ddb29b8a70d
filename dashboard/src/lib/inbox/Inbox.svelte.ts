import { serverTime } from "../server-time.ts";
import type { Alarm } from "../alarm/Alarm.svelte.ts";
import type { Act, InboxCalls, Saying } from "../api/notifications.ts";
import { everyPage } from "../api/pages.ts";
import { describe, Problem } from "../api/problem.ts";
import type { InboxCounts, NotificationDto } from "../contract.ts";
import type { Announcer } from "../ui/Announcer.svelte.ts";
import { now } from "../ui/Clock.svelte.ts";
import { announce } from "./announce.ts";
import { isNews, isPossible, isUnread, merge, needOf } from "./feed.ts";
import type { Feed, Need } from "./feed.ts";
import { isNarrowed, listQuery, NO_FILTERS, sameFilters, select } from "./filters.ts";
import type { Boundary, Filters, View } from "./filters.ts";
import { predict } from "./predict.ts";
import { Tally } from "./Tally.svelte.ts";

export interface Failure {
  act: Act;
  text: string;
}

/** How long the first list waits for the live connection; ms. */
const CONNECTED_WITHIN = 1_000;
/** Arrivals within this many ms are announced together. */
const ANNOUNCE_AFTER = 400;
/** Acts on several that are under way at once. */
const TOGETHER = 4;
/** Notifications that come at a time once somebody scrolls on; the API's most. */
const PAGE = "100";

/** A person's inbox: its notifications, the view of them, and the person's acts. */
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
  /** The one that lies open. */
  opened = $state.raw<string | null>(null);
  /** The one that has a narrow page to itself. */
  reading = $state.raw<string | null>(null);
  /** What was dismissed last, and can be brought back. */
  undoable = $state.raw<readonly string[]>([]);
  /** Whether the rows are on the page: the inbox's own page is, and where there is room for one thing alone, nothing lies open. */
  onPage = $state.raw(false);
  #boundary = $state.raw<Boundary>(null);
  #kept = $state.raw<ReadonlySet<string>>(new Set());
  /** What the acts under way will make of their notifications. */
  #predicted = $state.raw<Feed>(new Map());
  /** The inbox by which rows have their places while somebody's hand is among them, and since when. */
  #held = $state.raw<{ feed: Feed; at: number } | null>(null);
  /** Whether that hand is a pointer: under it even what the person does moves no row. */
  #pointer = $state.raw(false);

  /** The feed as it is once the acts under way are done. */
  readonly #seen = $derived(overlay(this.feed, this.#predicted));
  readonly #current = $derived(this.#select({ feed: this.#seen, at: now() }));
  readonly view = $derived.by(() => {
    const held = this.#held;
    if (held === null) return this.#current;
    const feed = this.#pointer ? held.feed : overlay(held.feed, this.#predicted);
    return inPlace(this.#select({ feed, at: held.at }), this.#seen);
  });
  /** What has arrived, but is not shown before the hand leaves the rows or somebody asks for it. */
  readonly arrivals = $derived.by(() => {
    const held = this.#held;
    if (held === null) return [];
    const { urgent, rest } = this.#current;
    return [...urgent, ...rest].filter(({ notification_id }) => !held.feed.has(notification_id));
  });
  /** Whether the page shows all that has come: everything but what is older than the loaded pages. */
  readonly shown = $derived(this.onPage && this.arrivals.length === 0 && !isNarrowed(this.filters));
  readonly #tally = new Tally();
  /** By what the server counted, which takes no list; by what is here where it said nothing. */
  readonly need: Need = $derived(this.#tally.need(this.feed, now()) ?? needOf(this.feed, now()));

  readonly #calls: InboxCalls;
  readonly #announcer: Announcer;
  readonly #alarm: Pick<Alarm, "ring">;
  #hand = false;
  #caughtUp = false;
  /** Whether the server was asked for a list, ever. */
  #asked = false;
  /** What the person did while a pointer kept the rows in their places. */
  #mine: NotificationDto[] = [];
  #arrived: NotificationDto[] = [];
  #listing: AbortController | null = null;
  readonly #reading = new Set<string>();
  /** The last act with each that is under way. */
  readonly #doing = new Map<string, { act: Act; done: Promise<boolean> }>();

  /** @param counts what the server counted as the page was loaded; null where it didn't say */
  constructor(
    calls: InboxCalls,
    announcer: Announcer,
    alarm: Pick<Alarm, "ring">,
    counts: InboxCounts | null,
  ) {
    this.#calls = calls;
    this.#announcer = announcer;
    this.#alarm = alarm;
    if (counts) this.count(counts);
  }

  /** Takes in how much the server says needs the person. */
  count(counts: InboxCounts): void {
    this.#tally.told(counts, serverTime());
  }

  /** A notification as it is, with what an act under way will make of it; undefined for one that was never loaded. */
  find(id: string): NotificationDto | undefined {
    return this.#seen.get(id);
  }

  /** Loads everything anew: the page shown, and every critical one that nobody has acknowledged, unless that page has them all. */
  async load(signal: AbortSignal): Promise<void> {
    await this.#list(signal);
    const list = (query: URLSearchParams) => this.#calls.list(query, signal);
    if (!this.#tally.hasAll(this.feed))
      for (const state of [{ unread: "true" }, { status: "read" }])
        for await (const page of everyPage(list, { priority: "critical", ...state })) this.#hear(page);
    this.#caughtUp = true;
  }

  /** Takes in a change from the live channel, and announces it when it is an arrival, or more urgent than before. */
  receive(notification: NotificationDto): void {
    if (this.#caughtUp && this.#isNews(notification)) {
      if (this.#arrived.length === 0) setTimeout(() => this.#announce(), ANNOUNCE_AFTER);
      this.#arrived.push(notification);
      this.#reading.delete(notification.notification_id);
    }
    this.#hear([notification]);
  }

  /** Asks anew for one whose next step was due, which draws no number. */
  async refresh(id: string): Promise<void> {
    const found = await this.#calls.find(id).catch(() => null);
    if (found) this.#hear([found]);
  }

  /**
   * Says whether somebody's pointer or focus is among the rows: as long as it is, they keep their places. Under a pointer even what the person does
   * moves none before it leaves.
   */
  setHand({ pointer, focus }: { pointer: boolean; focus: boolean }): void {
    const there = pointer || focus;
    this.#pointer = pointer;
    if (!pointer) this.#settle();
    if (there === this.#hand) return;
    this.#hand = there;
    if (there) this.#hold();
    else this.#held = null;
  }

  /** Shows what has arrived, also under somebody's hand. */
  showArrivals(): void {
    this.#held = null;
    this.#mine = [];
    if (this.#hand) this.#hold();
  }

  /** Shows the notifications that match the filters; where those are shown already, their rows stay as they are. */
  async open(filters: Filters): Promise<void> {
    if (this.#asked) {
      if (!sameFilters(filters, this.filters) || !this.ready) await this.filter(filters);
      return;
    }
    // The live connection loads the list once it stands: nothing is asked for twice, unless it is away.
    this.filters = filters;
    this.loading = true;
    setTimeout(() => !this.#asked && void this.reload(), CONNECTED_WITHIN);
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

  /**
   * Does something with a notification, after whatever is under way with it. Its row shows that at once, and goes back to what it was where it can't be
   * done; why is kept beside it until the person tries again.
   */
  async act(id: string, act: Act, saying?: Saying): Promise<boolean> {
    const before = this.#doing.get(id);
    if (before?.act === act) return await before.done;
    const done = before ? before.done.then(() => this.#do(id, act, saying)) : this.#do(id, act, saying);
    const doing = { act, done };
    this.#doing.set(id, doing);
    try {
      return await done;
    } finally {
      if (this.#doing.get(id) === doing) this.#doing.delete(id);
    }
  }

  async #do(id: string, act: Act, saying: Saying | undefined): Promise<boolean> {
    this.busy = new Map(this.busy).set(id, act);
    this.failures = without(this.failures, id);
    const notification = this.feed.get(id);
    if (notification) {
      const predicted = predict(notification, act, saying, new Date(serverTime()).toISOString());
      this.#predicted = new Map(this.#predicted).set(id, predicted);
    }
    try {
      this.#take([await this.#calls.act(id, act, saying)]);
      return true;
    } catch (error) {
      const text = error instanceof Problem && error.status === 409 ? error.message : describe(error);
      this.failures = new Map(this.failures).set(id, { act, text });
      return false;
    } finally {
      this.#predicted = without(this.#predicted, id);
      this.busy = without(this.busy, id);
    }
  }

  /** Does something with several, a few at a time. @returns those with which it was done */
  async actOnAll(ids: readonly string[], act: Act): Promise<string[]> {
    const left = [...ids];
    const done: string[] = [];
    const work = async () => {
      for (let id = left.shift(); id !== undefined; id = left.shift())
        if (await this.act(id, act)) done.push(id);
    };
    await Promise.all(Array.from({ length: TOGETHER }, work));
    return done;
  }

  /** Tells the server that a notification has been read. Where that fails, the next time that it is opened tries again. */
  async markRead(id: string): Promise<void> {
    const notification = this.feed.get(id);
    if (!notification || !isUnread(notification) || this.#reading.has(id) || this.busy.has(id)) return;
    this.#reading.add(id);
    if (this.filters.show === "unread") this.#kept = new Set(this.#kept).add(id);
    try {
      this.#take([await this.#calls.act(id, "read")]);
    } catch {
      // The next time tries again.
    } finally {
      this.#reading.delete(id);
    }
  }

  async #list(outer?: AbortSignal, cursor: string | null = null): Promise<void> {
    this.#listing?.abort();
    const listing = new AbortController();
    this.#listing = listing;
    const signal = outer ? AbortSignal.any([outer, listing.signal]) : listing.signal;
    this.loading = this.#asked = true;
    const query = listQuery(this.filters);
    if (cursor !== null) {
      query.set("cursor", cursor);
      query.set("limit", PAGE);
    }
    try {
      const page = await this.#calls.list(query, signal);
      if (signal.aborted) return;
      // What was loaded by itself waits like what comes over the live channel; what a person asked for is shown.
      if (outer) this.#hear(page.items);
      else this.#show(page.items);
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

  /** What changes of an old one that was never loaded is no news of its coming. */
  #isNews(notification: NotificationDto): boolean {
    const known = this.feed.get(notification.notification_id);
    const edge = this.#boundary;
    const isOld = !known && edge !== null && notification.created_at < edge.created_at;
    return isNews(notification, known) && !(isOld && notification.times === 1);
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

  /** Takes in what the person did. */
  #take(notifications: readonly NotificationDto[]): void {
    const before = this.feed;
    this.#merge(notifications);
    const newer = notifications.filter(({ notification_id: id }) => this.feed.get(id) !== before.get(id));
    this.#tally.changed(before, newer, serverTime());
    this.#mine.push(...notifications);
    if (!this.#pointer) this.#settle();
  }

  /** Takes in what the person asked for; rows move for it. */
  #show(notifications: readonly NotificationDto[]): void {
    this.#merge(notifications);
    if (this.#held) this.#held = { ...this.#held, feed: merge(this.#held.feed, notifications) };
  }

  /** Rows go where the person's acts put them, once no pointer is among them. */
  #settle(): void {
    if (this.#held && this.#mine.length > 0)
      this.#held = { ...this.#held, feed: merge(this.#held.feed, this.#mine) };
    this.#mine = [];
  }

  /** Where there is no row yet, none can move. */
  #hold(): void {
    const { urgent, rest, snoozed } = this.view;
    if (this.#held === null && urgent.length + rest.length + snoozed.length > 0)
      this.#held = { feed: this.feed, at: serverTime() };
  }

  #announce(): void {
    this.#announcer.say(announce(this.#arrived));
    this.#alarm.ring(this.#arrived);
    this.#arrived = [];
  }
}

/** Rows as they are by now, in the places that they had. */
function inPlace(view: View, feed: Feed): View {
  const current = (rows: NotificationDto[]) => rows.map((row) => feed.get(row.notification_id) ?? row);
  return { urgent: current(view.urgent), rest: current(view.rest), snoozed: current(view.snoozed) };
}

/** A feed with some of its notifications in another state; those that it doesn't hold stay out. */
function overlay(feed: Feed, others: Feed): Feed {
  if (others.size === 0) return feed;
  const laid = new Map(feed);
  for (const [id, other] of others) if (laid.get(id)?.seq === other.seq) laid.set(id, other);
  return laid;
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
