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
export const Preferences = z.strictObject({
  wanted: z.partialRecord(z.enum([...CATEGORIES, "all"]), channels).default({}),
  /** Outside channels wait until the end; the inbox does not. */
  quiet_hours: z.strictObject({ start: time, end: time }).nullable().default(null),
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
  const row: { settings: unknown } | undefined = await trx("preferences")
    .where({ user_id: userId })
    .first("settings");
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
