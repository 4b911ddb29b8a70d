import type { Knex } from "knex";
import Router from "koa-router";
import { CATEGORIES } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { Preferences, readPreferences, writePreferences } from "../../store/people/preferences.ts";
import { invalid } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import type { OwnPreferences } from "./schema.ts";

/** The routes under /api/preferences: what the person wants, by category and channel, and when to leave them alone. */
export function preferenceRoutes(deps: { knex: Knex; site: Site; channels: Registry }): Router {
  const { knex, site, channels } = deps;
  const router = new Router({ prefix: "/api/preferences" });
  const present = (preferences: Preferences): OwnPreferences => ({
    ...preferences,
    channels: channels.names(),
    categories: [...CATEGORIES],
  });

  router.get("/", person(knex, site), async (ctx) => {
    const { userId } = personOf(ctx);
    const found = await actAs(knex, `user:${userId}`, (trx) => readPreferences(trx, userId));
    ctx.body = present(withoutUnknown(found, channels.known()));
  });

  router.put("/", person(knex, site), json(), async (ctx) => {
    const preferences = validate(Preferences, ctx.state["body"]);
    refuseUnknown(preferences, channels.known());
    const { userId } = personOf(ctx);
    const actor: Actor = `user:${userId}`;
    await actAs(knex, actor, async (trx) => {
      await writePreferences(trx, userId, preferences);
      await record(trx, actor, {
        action: "preferences.update",
        outcome: "ok",
        objectId: userId,
        payload: {
          unwanted: unwanted(preferences),
          quiet_hours: preferences.quiet_hours !== null,
          time_zone: preferences.time_zone,
        },
      });
    });
    ctx.body = present(preferences);
  });

  return router;
}

/** @throws Problem 422 naming each place where a channel is named that there is none of. */
function refuseUnknown({ wanted }: Preferences, known: string[]): void {
  const faults = Object.entries(wanted).flatMap(([category, channels]) =>
    Object.keys(channels)
      .filter((channel) => channel !== "all" && !known.includes(channel))
      .map((channel) => ({ path: `/wanted/${category}/${channel}`, message: "is not a channel here" })),
  );
  if (faults.length > 0) throw invalid(faults);
}

/** A channel that was taken out of the installation is not worth showing; what was read can be written back. */
const withoutUnknown = (preferences: Preferences, known: string[]): Preferences => ({
  ...preferences,
  wanted: Object.fromEntries(
    Object.entries(preferences.wanted).map(([category, channels]) => [
      category,
      Object.fromEntries(
        Object.entries(channels).filter(([channel]) => channel === "all" || known.includes(channel)),
      ),
    ]),
  ),
});

/** What was switched off, as `category/channel`. */
const unwanted = ({ wanted }: Preferences): string[] =>
  Object.entries(wanted).flatMap(([category, channels]) =>
    Object.entries(channels)
      .filter(([, wants]) => !wants)
      .map(([channel]) => `${category}/${channel}`),
  );
