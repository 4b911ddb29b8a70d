import { type Category, LIVE, type Priority, type SkipReason } from "../../channels/contract.ts";
import { v5 as uuidv5, v7 as uuidv7 } from "uuid";
import { Preferences } from "../../store/people/preferences.ts";
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
}

export interface PlanInput {
  category: Category;
  priority: Priority;
  /** The channels asked for, in order; null: all there are. */
  asked: string[] | null;
  /** The channels there are, in order. */
  available: string[];
  preferences: Preferences;
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
  const { category, priority, preferences, addresses, now } = input;
  const critical = priority === "critical";
  const none = { channel, skip: null, holdUntil: null, overridden: null };
  if (!available) return { ...none, skip: "not_configured" };
  if (channel !== LIVE && !addresses.has(channel)) return { ...none, skip: "no_address" };
  if (!wants(preferences, category, channel)) {
    return critical ? { ...none, overridden: "preference" } : { ...none, skip: "preference" };
  }
  const holdUntil = channel === LIVE ? null : quietUntil(now, preferences);
  if (holdUntil === null) return none;
  return critical ? { ...none, overridden: "quiet_hours" } : { ...none, holdUntil };
}

/**
 * Whether a person wants a category on a channel: yes, unless they set another wish. The most specific wish counts, in the
 * order of category and channel, category, channel, everything.
 */
export function wants({ wanted }: Preferences, category: Category, channel: string): boolean {
  return (
    wanted[category]?.[channel] ??
    wanted[category]?.["all"] ??
    wanted.all?.[channel] ??
    wanted.all?.["all"] ??
    true
  );
}

/** A person's copy of an alert has an id made from both, so a step that is taken twice makes no copy twice. */
export const copyOf = (rootId: string, userId: string): string => uuidv5(userId, rootId);

/** A notification on its way into one person's inbox, with a round of deliveries planned: its first, or a later one. */
export function planArrival(
  id: string,
  { userId, preferences, channels }: Wishes,
  wanted: { category: Category; priority: Priority; channels: string[] | null },
  available: string[],
): Arrival {
  const planned = planDeliveries({
    category: wanted.category,
    priority: wanted.priority,
    asked: wanted.channels,
    available,
    preferences: Preferences.parse(preferences ?? {}),
    addresses: new Set(channels),
    now: new Date(),
  });
  return { id, userId, deliveries: planned.map((one) => ({ ...one, id: uuidv7() })) };
}
