import type { Knex } from "knex";
import Router from "koa-router";
import { redactOptions } from "../../activities/arrival/redact.ts";
import { type Recognizer, redactWith } from "../../redaction/index.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { readSettings, type TerritorySettings } from "../../store/settings.ts";
import { forbidden } from "../http/errors.ts";
import { json, validate } from "../middleware/body.ts";
import { person, personOf, type Site } from "../middleware/person.ts";
import { Trial } from "./schema.ts";

export interface RedactionDeps {
  knex: Knex;
  site: Site;
  recognizers: readonly Recognizer[];
}

/** POST /api/redactions: what would be taken out of a text. For supervisors; nothing of it is kept. */
export function redactionRoutes({ knex, site, recognizers }: RedactionDeps): Router {
  const router = new Router({ prefix: "/api/redactions" });
  router.post("/", person(knex, site), json(), async (ctx) => {
    const { userId } = personOf(ctx);
    const { text, known, territory_id } = validate(Trial, ctx.state["body"]);
    const settings = await actAs(knex, `user:${userId}`, async (trx) => {
      const territories = await supervised(trx, userId);
      const territory = territory_id ?? territories[0];
      if (territory !== undefined && territories.includes(territory))
        return await readSettings(trx, territory);
      throw forbidden("Trying the redaction is for the territory's supervisors.");
    });
    ctx.set("Cache-Control", "no-store");
    ctx.body = await redactWith(recognizers, text, { known, ...optionsOf(settings) });
  });
  return router;
}

const optionsOf = ({ redaction }: TerritorySettings) => redactOptions(redaction ?? {});

async function supervised(trx: Transaction, userId: string): Promise<string[]> {
  const rows = await Membership.query(trx)
    .where({ user_id: userId, role: "supervisor" })
    .orderBy("territory_id");
  return rows.flatMap(({ territory_id }) => territory_id ?? []);
}
