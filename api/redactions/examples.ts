import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { redactOptions } from "../../activities/arrival/redact.ts";
import { must } from "../../config/must.ts";
import { templateOf } from "../../redaction/template.ts";
import type { Redactor } from "../../redaction/threads/redactor.ts";
import { record } from "../../store/audit/record.ts";
import { exampleFor, type Vault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { RedactionExample } from "../../store/models/RedactionExample.ts";
import { User } from "../../store/models/User.ts";
import type { TerritorySettings } from "../../store/settings.ts";
import { invalid, notFound } from "../http/errors.ts";
import { isUuid } from "../../config/ids.ts";
import { inMilliseconds, placeInTime, toPage } from "../http/paging.ts";
import type { Example, ExamplesQuery, Marking } from "./schema.ts";

export interface ExampleDeps {
  knex: Knex;
  vault: Vault;
  redactor: Pick<Redactor, "redact">;
}

/** What is sealed of an example: the text with what was marked in it, and the template made of it. */
const Sealed = z.object({ text: z.string(), start: z.int(), end: z.int(), template: z.string() });

/** What supervisors marked, kept sealed. Nothing of a text is shown or logged but as a template, whose values are replaced. */
export interface Examples {
  /** Keeps what was marked in a text, with a template made of it by the territory's settings. @throws Problem 422 for a false alarm that is none */
  give(userId: string, territoryId: string, settings: TerritorySettings, marking: Marking): Promise<string>;
  /** For admins, newest first; on record. */
  list(userId: string, query: ExamplesQuery): Promise<{ items: Example[]; next: string | null }>;
  /** @throws Problem 404 */
  remove(userId: string, id: string): Promise<void>;
}

const MOMENT = inMilliseconds("created_at");

export function createExamples({ knex, vault, redactor }: ExampleDeps): Examples {
  return {
    give: async (userId, territory_id, settings, { text, start, end, kind, verdict }) => {
      const [redacted] = await redactor.redact([text], redactOptions(settings.redaction ?? {}), {
        party: [territory_id, userId],
      });
      const { spans } = must(redacted, "redaction");
      const template = templateOf(text, spans, { start, end, kind, verdict });
      if (template === null)
        throw invalid([{ path: "/start", message: "must be where something was found, and all of it" }]);
      const id = uuidv7();
      const plain = Buffer.from(JSON.stringify({ text, start, end, template }), "utf8");
      const sealed = vault.seal(plain, exampleFor({ id, territory_id }));
      await actAs(knex, `user:${userId}`, async (trx) => {
        // Who gives an example may not read it, so nothing of the row comes back.
        await trx("redaction_examples").insert({
          ...{ id, territory_id, user_id: userId, verdict, kind },
          ...sealed,
        });
        await record(trx, `user:${userId}`, {
          action: "redaction_example.give",
          outcome: "ok",
          territoryId: territory_id,
          objectId: id,
          payload: { verdict, kind },
        });
      });
      return id;
    },

    list: async (userId, { territory, cursor, limit }) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const wanted = RedactionExample.query(trx).select(
          "redaction_examples.*",
          User.query(trx).select("name").whereColumn("users.id", "redaction_examples.user_id").as("name"),
        );
        if (territory !== undefined) void wanted.where({ territory_id: territory });
        if (cursor !== undefined) void wanted.whereRaw(`(${MOMENT}, id) < (?, ?)`, [cursor.at, cursor.id]);
        const found = await wanted.orderByRaw(`${MOMENT} DESC, id DESC`).limit(limit + 1);
        await record(trx, `user:${userId}`, {
          action: "redaction_example.list",
          outcome: "ok",
          territoryId: territory ?? null,
          payload: { count: Math.min(found.length, limit) },
        });
        return found;
      });
      const { items, next } = toPage(rows, limit, placeInTime);
      return { items: items.map((row) => present(row, vault)), next };
    },

    remove: async (userId, id) => {
      if (!isUuid(id)) throw notFound();
      await actAs(knex, `user:${userId}`, async (trx) => {
        const row = await RedactionExample.query(trx).findById(id);
        if (row === undefined) throw notFound();
        await RedactionExample.query(trx).deleteById(id);
        await record(trx, `user:${userId}`, {
          action: "redaction_example.remove",
          outcome: "ok",
          territoryId: row.territory_id,
          objectId: id,
        });
      });
    },
  };
}

function present(row: RedactionExample, vault: Vault): Example {
  const plain = vault.unseal(row, exampleFor(row));
  const { template } = Sealed.parse(JSON.parse(plain.toString("utf8")));
  return {
    example_id: row.id,
    territory_id: row.territory_id,
    user_id: row.user_id,
    name: must(row.name, "who marked it"),
    verdict: row.verdict,
    kind: row.kind,
    template,
    created_at: row.created_at.toISOString(),
  };
}
