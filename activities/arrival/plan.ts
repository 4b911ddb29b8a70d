import {
  type Category,
  LIVE,
  PRIORITIES,
  type Priority,
  type SkipReason,
  TOLD_UNASKED,
} from "../../channels/contract.ts";
import { v5 as uuidv5, v7 as uuidv7 } from "uuid";
import type { ChannelTerms } from "../../store/models/Send.ts";
import { type Preferences, storedPreferences } from "../../store/people/preferences.ts";
import type { Arrival, Wishes } from "../../store/transitions/arrive.ts";
import { quietUntil } from "./quiet.ts";

/** One channel's part in bringing a notification to a person. */
export interface PlannedDelivery {
  channel: string;
  /** Why it will not be tried; null where it will. */
  skip: SkipReason | null;
  /** The time before which it is not tried. */
  holdUntil: Date | null;
  /** A wish of the person that a critical notification passes over; goes on record. */
  overridden: "preference" | "quiet_hours" | null;
  /** It is begun with the one before it, not after that. */
  parallel?: true;
}

export interface PlanInput {
  category: Category;
  priority: Priority;
  /** The channels asked for, in order; null: all there are. */
  asked: string[] | null;
  /** What the sender says of single ones of these. */
  terms?: ChannelTerms;
  /** The channels there are, in order. */
  available: string[];
  preferences: Preferences;
  /** Channels that the territory asks for, for people who said nothing of them. */
  territoryAsks?: string[];
  /** Channels that have a verified address of the person. */
  addresses: ReadonlySet<string>;
  now: Date;
}

/** Plans which channels to try, in order, and why others are left out. A critical notification passes over the person's wishes. */
export function planDeliveries({ asked, available, ...input }: PlanInput): PlannedDelivery[] {
  const channels = [...new Set(asked ?? available)];
  return channels.map((channel) => planOne(channel, available.includes(channel), input));
}

function planOne(
  channel: string,
  available: boolean,
  input: Omit<PlanInput, "asked" | "available">,
): PlannedDelivery {
  const { category, priority, preferences, territoryAsks = [], addresses, now, terms = {} } = input;
  const critical = priority === "critical";
  const isParallel = terms[channel]?.parallel ?? preferences.parallel.includes(channel);
  const none = {
    channel,
    skip: null,
    holdUntil: null,
    overridden: null,
    ...(isParallel && { parallel: true as const }),
  };
  if (!available) return { ...none, skip: "not_configured" };
  if (isBelow(priority, terms[channel]?.from) || isBelow(priority, preferences.from[channel]))
    return { ...none, skip: "below_priority" };
  if (channel !== LIVE && !addresses.has(channel)) return { ...none, skip: "no_address" };
  if (!wants(preferences, category, channel, territoryAsks)) {
    return critical ? { ...none, overridden: "preference" } : { ...none, skip: "preference" };
  }
  const holdUntil = channel === LIVE ? null : quietUntil(now, preferences);
  if (holdUntil === null) return none;
  return critical ? { ...none, overridden: "quiet_hours" } : { ...none, holdUntil };
}

/** Whether a priority is less urgent than the one from which on a channel is used. What is critical is below none. */
const isBelow = (priority: Priority, from: Priority | undefined): boolean =>
  from !== undefined && PRIORITIES.indexOf(priority) < PRIORITIES.indexOf(from);

/**
 * Whether a person wants a category on a channel. The most specific wish counts, in the order of category and channel, category, channel,
 * everything; without one it is yes where people are told unasked by the channel, or the territory asks for it.
 */
export function wants(
  { wanted }: Preferences,
  category: Category,
  channel: string,
  territoryAsks: string[],
): boolean {
  return (
    wanted[category]?.[channel] ??
    wanted[category]?.["all"] ??
    wanted.all?.[channel] ??
    wanted.all?.["all"] ??
    (TOLD_UNASKED.includes(channel) || territoryAsks.includes(channel))
  );
}

/** A person's copy of an alert has an id made from both, so a step that is taken twice makes no copy twice. */
export const copyOf = (rootId: string, userId: string): string => uuidv5(userId, rootId);

/**
 * The notifications on their way to some people and, behind them, to whoever covers them, each person once. Where the delegate is told in the
 * person's place, no channel outside is used for that person: not for what is critical, and not where the delegate has none that is used.
 * @param idOf the notification of a person
 */
export function planArrivals(
  idOf: (userId: string) => string,
  people: Wishes[],
  wanted: Wanted,
  available: string[],
): Arrival[] {
  const arrivals = new Map<string, Arrival>();
  for (const wishes of people)
    arrivals.set(wishes.userId, planArrival(idOf(wishes.userId), wishes, wanted, available));
  for (const { userId, cover } of people) {
    if (cover === null) continue;
    const delegated = arrivals.get(cover.userId) ?? planArrival(idOf(cover.userId), cover, wanted, available);
    arrivals.set(cover.userId, withCover(delegated, userId, people));
    const own = arrivals.get(userId);
    if (own !== undefined && cover.instead && wanted.priority !== "critical" && usesOutside(delegated))
      arrivals.set(userId, withoutOutside(own));
  }
  return [...arrivals.values()];
}

/** The same for a send to one person: its own notification, and a copy for whoever covers them. */
export const planSend = (id: string, wishes: Wishes, wanted: Wanted, available: string[]): Arrival[] =>
  planArrivals((userId) => (userId === wishes.userId ? id : copyOf(id, userId)), [wishes], wanted, available);

/** Somebody who is told for their own sake is nobody's delegate in it. */
const withCover = (arrival: Arrival, covered: string, people: Wishes[]): Arrival =>
  people.some(({ userId }) => userId === arrival.userId)
    ? arrival
    : { ...arrival, coversFor: [...(arrival.coversFor ?? []), covered] };

const usesOutside = ({ deliveries }: Arrival): boolean =>
  deliveries.some(({ channel, skip }) => channel !== LIVE && skip === null);

const withoutOutside = (arrival: Arrival): Arrival => ({
  ...arrival,
  deliveries: arrival.deliveries.map((one) =>
    one.channel !== LIVE && one.skip === null ? { ...one, skip: "covered" } : one,
  ),
});

/** What a notification is, and by which channels it is wanted; null: all there are. */
type Wanted = {
  category: Category;
  priority: Priority;
  channels: string[] | null;
  channel_terms?: ChannelTerms | null;
};

/** A notification on its way into one person's inbox, with a round of deliveries planned: its first, or a later one. */
export function planArrival(
  id: string,
  { userId, preferences, channels, territoryAsks, now }: Omit<Wishes, "cover">,
  wanted: Wanted,
  available: string[],
): Arrival {
  const planned = planDeliveries({
    category: wanted.category,
    priority: wanted.priority,
    asked: wanted.channels,
    terms: wanted.channel_terms ?? {},
    available,
    preferences: storedPreferences(preferences),
    territoryAsks: territoryAsks ?? [],
    addresses: new Set(channels),
    now: new Date(now),
  });
  const heldBy = (one: PlannedDelivery) => (one.holdUntil === null ? {} : { heldBy: preferences });
  return { id, userId, deliveries: planned.map((one) => ({ ...one, ...heldBy(one), id: uuidv7() })) };
}
