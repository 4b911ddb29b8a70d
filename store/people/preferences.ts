import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { CATEGORIES, CHANNEL_NAME, DIGEST_MINUTES, TIME_OF_DAY, WEEKDAYS } from "../../channels/contract.ts";
import { isZone } from "../../on-call/zone.ts";
import type { Transaction } from "../db/knex.ts";

const time = z.string().regex(TIME_OF_DAY, "must be HH:MM");
/** Those of one day may end with it. */
const end = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be HH:MM, or 24:00");
const channels = z.record(z.string().regex(CHANNEL_NAME), z.boolean());

/**
 * A person's preferences. `wanted` says yes or no for a category and a channel; `all` stands for every category, and for
 * every channel. The most specific entry counts; without an entry it is yes, but for channels that people are not told by unasked.
 */
export const Preferences = z.strictObject({
  wanted: z.partialRecord(z.enum([...CATEGORIES, "all"]), channels).default({}),
  /** Outside channels wait until the end; the inbox does not. */
  quiet_hours: z.strictObject({ start: time, end: time }).nullable().default(null),
  /** Of the weekdays on which they begin at another time, in place of `quiet_hours`; null: not on that day. */
  quiet_days: z
    .partialRecord(z.enum(WEEKDAYS), z.strictObject({ start: time, end }).nullable())
    .default({})
    .describe("Quiet hours that begin on a weekday, in place of `quiet_hours`; null: none that day"),
  /** Of a category, what is neither high nor critical comes grouped, in so many minutes; the longer of this and the territory's counts. */
  digests: z
    .partialRecord(z.enum(CATEGORIES), z.int().min(DIGEST_MINUTES.least).max(DIGEST_MINUTES.most))
    .default({})
    .describe(
      "Of a category, what is neither high nor critical comes as one notification, this many minutes after the first; where the territory groups it for longer, that counts",
    ),
  /** From which priority on a channel is used; what is critical always uses it. */
  from: z
    .record(z.string().regex(CHANNEL_NAME), z.enum(["high", "critical"]))
    .default({})
    .describe("Of a channel, the priority below which it is not used"),
  /** Channels that are begun with the one before them. */
  parallel: z
    .array(z.string().regex(CHANNEL_NAME))
    .max(20)
    .default([])
    .describe("Channels that are begun together with the one before them, in place of after it"),
  /** IANA name, in which quiet hours are meant. */
  time_zone: z.string().max(64).refine(isZone, "is not a time zone").default("UTC"),
});
export type Preferences = z.infer<typeof Preferences>;

/** As they were stored: an offset such as +05:30 was once taken for a zone. */
const Stored = Preferences.extend({ time_zone: z.string().default("UTC") });

/** Preferences as a row has them; the defaults for null. @throws for what nobody could ever have set */
export const storedPreferences = (settings: unknown): Preferences => Stored.parse(settings ?? {});

/** A person's preferences; the defaults where nothing was set. */
export async function readPreferences(trx: Transaction, userId: string): Promise<Preferences> {
  const row: { settings: unknown } | undefined = await trx("preferences")
    .where({ user_id: userId })
    .first("settings");
  return storedPreferences(row?.settings);
}

/** When a mail program said that the person wants no more, until they set other wishes; null where none did. */
export async function unsubscribedAt(trx: Transaction, userId: string): Promise<Date | null> {
  const row: { unsubscribed_at: Date | null } | undefined = await trx("preferences")
    .where({ user_id: userId })
    .first("unsubscribed_at");
  return row?.unsubscribed_at ?? null;
}

/**
 * Wishes for nothing more by a channel, of any category. What is critical comes all the same.
 * @param saidAt when that was offered: what the person set since then stands
 * @returns false where nothing was written, since it is so already; null where the person's later wishes stand
 */
export async function unsubscribe(
  trx: Transaction,
  userId: string,
  channel: string,
  saidAt: Date,
): Promise<boolean | null> {
  const row: { updated_at: Date } | undefined = await trx("preferences")
    .where({ user_id: userId })
    .forUpdate()
    .first("updated_at");
  const wishes = await readPreferences(trx, userId);
  const wanted = Object.fromEntries(
    Object.entries({ all: {}, ...wishes.wanted }).map(([category, channels]) => {
      const others = Object.entries(channels).filter(([name]) => name !== channel);
      // The most specific wish counts: a category's own yes to every channel would be one to this channel.
      const no = category === "all" || channels["all"] === true ? { [channel]: false } : {};
      return [category, { ...Object.fromEntries(others), ...no }];
    }),
  );
  if (isDeepStrictEqual(wanted, wishes.wanted)) return false;
  if (row !== undefined && row.updated_at > saidAt) return null;
  await writePreferences(trx, userId, { ...wishes, wanted });
  await trx("preferences").where({ user_id: userId }).update({ unsubscribed_at: new Date() });
  return true;
}

export async function writePreferences(
  trx: Transaction,
  userId: string,
  preferences: Preferences,
): Promise<void> {
  const { quiet_days, digests, from, parallel, ...others } = preferences;
  // Nodes before there were any read a document without them.
  const later = Object.entries({ quiet_days, digests, from, parallel }).filter(
    ([, all]) => Object.keys(all).length > 0,
  );
  const settings = JSON.stringify({ ...others, ...Object.fromEntries(later) });
  await trx("preferences")
    .insert({ user_id: userId, settings })
    .onConflict("user_id")
    .merge({ settings, updated_at: new Date(), unsubscribed_at: null });
}
