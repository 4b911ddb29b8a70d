import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { type Checkpoint, findCheckpoint } from "../../store/audit/checkpoint.ts";
import { objectOf } from "../../store/audit/object.ts";
import { pageOf } from "../../store/audit/rows.ts";
import { oldestUnsealed } from "../../store/audit/seal.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { toPage } from "../http/paging.ts";
import { type AuditRow, presentEvent, presentSeal } from "./present.ts";
import type { AuditPage, AuditQuery } from "./schema.ts";

/** The filters, and how many events to read. */
type Search = AuditQuery & { limit: number };

/**
 * Reads the record for auditors; row-level security shows it to nobody else. Each reading goes on record itself, in the same
 * transaction.
 */
export function createAuditReader(knex: Knex) {
  return async function read(
    { userId }: SignedInPerson,
    query: Search,
    action: "audit.read" | "audit.export",
  ): Promise<AuditPage> {
    const actor: Actor = `user:${userId}`;
    return await actAs(knex, actor, async (trx) => {
      const last = await findCheckpoint(trx);
      const { rows, whole } = await pageOf<AuditRow>(trx, findEvents(trx, query, last), "id DESC");
      // Behind a page that its size cuts short there is another one.
      const { items: events, next } = whole
        ? toPage(rows, query.limit, ({ id }) => id)
        : toPage([...rows, ...rows.slice(-1)], rows.length, ({ id }) => id);
      const payload = { events: events.length, filters: filtersOf(query, events.length > 0) };
      await record(trx, actor, { action, outcome: "ok", payload });
      return {
        events: events.map(presentEvent),
        next,
        seal: presentSeal(last, await oldestUnsealed(trx, last)),
      };
    });
  };
}

/** The events that match, the newest first, one more than `limit`; `sealed` by the newest checkpoint. */
export function findEvents(trx: Transaction, query: Search, last: Checkpoint | null): Knex.QueryBuilder {
  const rows = trx("audit_events")
    .select("id", "at", "actor", "action", "outcome", "territory_id", "object_id", "payload")
    .select(trx.raw("(epoch, xid) < (?::int, ?::xid8) AS sealed", [last?.epoch ?? 0, String(last?.hi ?? 0)]))
    .orderBy("id", "desc")
    .limit(query.limit + 1);
  const equal = {
    actor: query.actor,
    action: query.action,
    outcome: query.outcome,
    territory_id: query.territory,
    object_id: query.object === undefined ? undefined : objectOf(query.object),
  };
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) void rows.where(column, value);
  const { person } = query;
  if (person !== undefined)
    void rows.where((about) =>
      about
        .where({ actor: `user:${person}` })
        .orWhere({ object_id: objectOf(person) })
        .orWhereRaw("actor = 'sign-in' AND payload->>'user_id' = ?", [person]),
    );
  if (query.from !== undefined) void rows.where("at", ">=", query.from);
  if (query.to !== undefined) void rows.where("at", "<", query.to);
  if (query.cursor !== undefined) void rows.where("id", "<", query.cursor);
  return rows;
}

/**
 * The filters, for the record. A filter that found something holds an id; one that found nothing may hold any text,
 * so only its name is kept.
 */
export function filtersOf({ limit: _limit, cursor: _cursor, ...filters }: Search, found: boolean): string[] {
  return Object.entries(filters).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!found) return [name];
    return [`${name}=${value instanceof Date ? value.toISOString() : value}`];
  });
}
