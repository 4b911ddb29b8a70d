import { IANAZone } from "luxon";
import { z } from "zod";
import { CATEGORIES, TIME_OF_DAY } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";

const time = z.string().regex(TIME_OF_DAY, "must be HH:MM");
const channels = z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.boolean());

/**
 * A person's preferences. `wanted` says yes or no for a category and a channel; `all` stands for every category, and for
 * every channel. The most specific entry counts; without an entry it is yes.
 */
export const Preferences = z.object({
  wanted: z.partialRecord(z.enum([...CATEGORIES, "all"]), channels).default({}),
  /** Outside channels wait until the end; the inbox does not. */
  quiet_hours: z.object({ start: time, end: time }).nullable().default(null),
  /** IANA name, in which quiet hours are meant. */
  time_zone: z
    .string()
    .max(64)
    .refine((zone) => IANAZone.isValidZone(zone), "is not a time zone")
    .default("UTC"),
});
export type Preferences = z.infer<typeof Preferences>;

/** A person's preferences; the defaults where nothing was set. */
export async function readPreferences(trx: Transaction, userId: string): Promise<Preferences> {
  return (await preferencesOf(trx, [userId]))(userId);
}

/** The preferences of many people, to be asked by person. */
export async function preferencesOf(
  trx: Transaction,
  userIds: string[],
): Promise<(userId: string) => Preferences> {
  const rows: { user_id: string; settings: unknown }[] = await trx("preferences")
    .whereIn("user_id", userIds)
    .select("user_id", "settings");
  const set = new Map(rows.map(({ user_id, settings }) => [user_id, settings]));
  return (userId) => Preferences.parse(set.get(userId) ?? {});
}

export async function writePreferences(
  trx: Transaction,
  userId: string,
  preferences: Preferences,
): Promise<void> {
  const settings = JSON.stringify(preferences);
  await trx("preferences")
    .insert({ user_id: userId, settings })
    .onConflict("user_id")
    .merge({ settings, updated_at: new Date() });
}

/** The channels that have a verified address of each of many people, to be asked by person. */
export async function addressedOf(
  trx: Transaction,
  userIds: string[],
): Promise<(userId: string) => Set<string>> {
  const rows: { user_id: string; channel: string }[] = await trx("contact_points")
    .whereIn("user_id", userIds)
    .whereNotNull("verified_at")
    .select("user_id", "channel");
  const byPerson = Map.groupBy(rows, ({ user_id }) => user_id);
  return (userId) => new Set(byPerson.get(userId)?.map(({ channel }) => channel));
}

/** Channels whose address of this person came back with its code. */
export async function verifiedAddresses(trx: Transaction, userId: string): Promise<Map<string, string>> {
  const rows: { channel: string; address: string }[] = await trx("contact_points")
    .where({ user_id: userId })
    .whereNotNull("verified_at")
    .select("channel", "address");
  return new Map(rows.map(({ channel, address }) => [channel, address]));
}
