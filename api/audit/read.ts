import type { Knex } from "knex";
import { record } from "../../store/audit/record.ts";
import { type Checkpoint, findCheckpoint } from "../../store/audit/checkpoint.ts";
import { oldestUnsealed } from "../../store/audit/seal.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { invalid } from "../http/errors.ts";
import { type AuditEventDto, type AuditRow, presentEvent, presentSeal, type SealDto } from "./present.ts";
import type { AuditQuery } from "./schema.ts";

/** One page of the record, newest first, and how far the record is sealed. */
export interface AuditPage {
  events: AuditEventDto[];
  next: string | null;
  seal: SealDto;
}

/**
 * Reads the record for auditors; row-level security shows it to nobody else. Each reading goes on record itself, in the same
 * transaction.
 * @throws Problem 422 for a malformed cursor
 */
export function createAuditReader(knex: Knex) {
  return async function read(
    { userId }: SignedInPerson,
    query: AuditQuery,
    action: "audit.read" | "audit.export",
  ): Promise<AuditPage> {
    const actor: Actor = `user:${userId}`;
    const before = query.cursor === undefined ? null : decodeCursor(query.cursor);
    return await actAs(knex, actor, async (trx) => {
      const last = await findCheckpoint(trx);
      const rows = await find(trx, query, before, last);
      const events = rows.slice(0, query.limit);
      const payload = { events: events.length, filters: filtersOf(query, events.length > 0) };
      await record(trx, actor, { action, outcome: "ok", payload });
      const end = rows.length > query.limit ? events.at(-1) : undefined;
      return {
        events: events.map(presentEvent),
        next: end === undefined ? null : encodeCursor(end.id),
        seal: presentSeal(last, await oldestUnsealed(trx, last)),
      };
    });
  };
}

function find(
  trx: Transaction,
  query: AuditQuery,
  before: number | null,
  last: Checkpoint | null,
): PromiseLike<AuditRow[]> {
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
    object_id: query.object,
  };
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) void rows.where(column, value);
  if (query.from !== undefined) void rows.where("at", ">=", query.from);
  if (query.to !== undefined) void rows.where("at", "<", query.to);
  if (before !== null) void rows.where("id", "<", before);
  return rows;
}

/** What was asked for. A value that found something is an id of the record; one that did not may be anything, so it is left out. */
function filtersOf({ limit: _limit, cursor: _cursor, ...filters }: AuditQuery, found: boolean): string[] {
  return Object.entries(filters).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!found) return [name];
    return [`${name}=${value instanceof Date ? value.toISOString() : value}`];
  });
}

const encodeCursor = (id: number): string => Buffer.from(String(id)).toString("base64url");

function decodeCursor(text: string): number {
  const id = Buffer.from(text, "base64url").toString("latin1");
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw invalid([{ path: "/cursor", message: "is not a cursor that this list gave" }]);
}
