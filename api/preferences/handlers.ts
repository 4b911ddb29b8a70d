import type { Knex } from "knex";
import { quietUntil } from "../../activities/arrival/quiet.ts";
import { CATEGORIES } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import { record } from "../../store/audit/record.ts";
import { nowOf } from "../../store/db/clock.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import {
  type Preferences,
  readPreferences,
  unsubscribedAt,
  writePreferences,
} from "../../store/people/preferences.ts";
import { holdAnew } from "../../store/transitions/hold-anew.ts";
import { invalid } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { preferences } from "./routes.ts";
import type { OwnPreferences } from "./schema.ts";

export interface PreferenceDeps {
  knex: Knex;
  channels: Registry;
}

/** Answers the calls under /api/preferences: a person's wishes by category and channel, and quiet hours. */
export function preferenceHandlers({ knex, channels }: PreferenceDeps): Handlers<typeof preferences> {
  const present = (wishes: Preferences, unsubscribed: Date | null): OwnPreferences => ({
    ...wishes,
    unsubscribed_at: unsubscribed?.toISOString() ?? null,
    channels: channels.names(),
    categories: [...CATEGORIES],
  });

  return {
    read: async ({ caller: { userId } }) => {
      const [found, unsubscribed] = await actAs(knex, `user:${userId}`, async (trx) => [
        await readPreferences(trx, userId),
        await unsubscribedAt(trx, userId),
      ]);
      return { status: 200, body: present(withoutUnknown(found, channels.known()), unsubscribed) };
    },

    replace: async ({ caller: { userId }, body }) => {
      refuseUnknown(body, channels.known());
      const actor: Actor = `user:${userId}`;
      await actAs(knex, actor, async (trx) => {
        await writePreferences(trx, userId, body);
        await record(trx, actor, {
          action: "preferences.update",
          outcome: "ok",
          objectId: userId,
          payload: {
            unwanted: unwanted(body),
            quiet_hours: body.quiet_hours !== null,
            quiet_days: Object.keys(body.quiet_days),
            digests: body.digests,
            from: body.from,
            parallel: body.parallel,
            time_zone: body.time_zone,
          },
        });
      });
      // What the former quiet hours hold. A caller who gets no answer tries again.
      await holdAnew(knex, userId, quietUntil(await nowOf(knex), body));
      return { status: 200, body: present(body, null) };
    },
  };
}

/** @throws Problem 422 naming each place with an unknown channel */
function refuseUnknown({ wanted, from, parallel }: Preferences, known: string[]): void {
  const faults = Object.entries(wanted).flatMap(([category, channels]) =>
    Object.keys(channels)
      .filter((channel) => channel !== "all" && !known.includes(channel))
      .map((channel) => ({ path: `/wanted/${category}/${channel}`, message: "is not a channel here" })),
  );
  for (const channel of Object.keys(from))
    if (!known.includes(channel)) faults.push({ path: `/from/${channel}`, message: "is not a channel here" });
  for (const [place, channel] of parallel.entries())
    if (!known.includes(channel))
      faults.push({ path: `/parallel/${place}`, message: "is not a channel here" });
  if (faults.length > 0) throw invalid(faults);
}

/** Leaves out channels that the installation no longer has, so that the preferences can be written back as they were read. */
const withoutUnknown = (preferences: Preferences, known: string[]): Preferences => ({
  ...preferences,
  from: Object.fromEntries(Object.entries(preferences.from).filter(([channel]) => known.includes(channel))),
  parallel: preferences.parallel.filter((channel) => known.includes(channel)),
  wanted: Object.fromEntries(
    Object.entries(preferences.wanted).map(([category, channels]) => [
      category,
      Object.fromEntries(
        Object.entries(channels).filter(([channel]) => channel === "all" || known.includes(channel)),
      ),
    ]),
  ),
});

/** The channels that were switched off, as `category/channel`. */
const unwanted = ({ wanted }: Preferences): string[] =>
  Object.entries(wanted).flatMap(([category, channels]) =>
    Object.entries(channels)
      .filter(([, wants]) => !wants)
      .map(([channel]) => `${category}/${channel}`),
  );
