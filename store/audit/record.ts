import { isDeepStrictEqual } from "node:util";
import { must } from "../../config/must.ts";
import type { Actor, Transaction } from "../db/knex.ts";
import type { AuditEvent } from "./event.ts";
import { leafOf, type LeafRow } from "./leaf.ts";
import { objectOf } from "./object.ts";
import { inParts } from "./parts.ts";
import { leafColumns } from "./rows.ts";

export type { AuditEvent, Json } from "./event.ts";

/** An event did not get on record as it was meant: something in the database dropped or changed it. The act must not stand. */
export class NotRecordedError extends Error {
  constructor(why: string) {
    super(`the audit record ${why}; run npm run audit:verify`);
    this.name = "NotRecordedError";
  }
}

/** An event as it is given to PostgreSQL. */
type Given = Pick<LeafRow, "actor" | "action" | "outcome" | "territory_id" | "object_id" | "payload">;

/**
 * Appends to the record, in the act's own transaction: the act and its record stand or fall together. An event about very many is
 * several rows.
 * @throws NotRecordedError when the rows that PostgreSQL wrote are not those that it was given
 */
export async function record(trx: Transaction, actor: Actor, ...events: AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  const given: Given[] = events
    .flatMap(inParts)
    .map(({ action, outcome, territoryId, objectId, payload }) => ({
      actor,
      action,
      outcome,
      territory_id: territoryId ?? null,
      object_id: typeof objectId === "string" ? objectOf(objectId) : null,
      payload: JSON.stringify(payload ?? {}),
    }));
  const written: LeafRow[] = await trx("audit_events").insert(given).returning(leafColumns(trx));
  if (written.length !== given.length)
    throw new NotRecordedError(`took ${written.length} of ${given.length} events`);
  for (const [index, row] of written.entries()) {
    if (!isAsGiven(row, must(given[index], "event"))) throw new NotRecordedError("changed an event");
    if (!leafOf(row).equals(row.leaf)) throw new NotRecordedError("has a leaf that is not that of its event");
  }
}

function isAsGiven(row: LeafRow, { payload, ...given }: Given): boolean {
  return (
    isDeepStrictEqual(JSON.parse(row.payload), JSON.parse(payload)) &&
    row.actor === given.actor &&
    row.action === given.action &&
    row.outcome === given.outcome &&
    row.territory_id === given.territory_id &&
    row.object_id === given.object_id
  );
}
