import { IANAZone } from "luxon";
import { z } from "zod";
import { CATEGORIES } from "../channels/contract.ts";
import type { Transaction } from "./knex.ts";

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be HH:MM");
const channels = z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.boolean());

/**
 * What a person wants. `wanted` says yes or no for a category and a channel; `all` stands for every category, and for
 * every channel. The most specific word counts; where nothing is said it is yes.
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
  const row = await trx("preferences").where({ user_id: userId }).first("settings");
  return Preferences.parse(row?.settings ?? {});
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

/** Channels whose address of this person came back with its code. */
export async function verifiedAddresses(trx: Transaction, userId: string): Promise<Map<string, string>> {
  const rows: { channel: string; address: string }[] = await trx("contact_points")
    .where({ user_id: userId })
    .whereNotNull("verified_at")
    .select("channel", "address");
  return new Map(rows.map(({ channel, address }) => [channel, address]));
}
