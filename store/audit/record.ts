import type { Actor, Transaction } from "../db/knex.ts";

/** Who did what to which object, and how it ended; ids, codes and counts only, never message text. */
export interface AuditEvent {
  action: `${string}.${string}`;
  outcome: "ok" | "denied" | "failed";
  territoryId?: string | null;
  objectId?: string | null;
  payload?: Record<string, string | number | boolean | null | string[]>;
}

/** Appends to the record, in the act's own transaction: the act and its record stand or fall together. */
export async function record(trx: Transaction, actor: Actor, ...events: AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  await trx("audit_events").insert(
    events.map(({ action, outcome, territoryId, objectId, payload }) => ({
      actor,
      action,
      outcome,
      territory_id: territoryId ?? null,
      object_id: objectId ?? null,
      payload: JSON.stringify(payload ?? {}),
    })),
  );
}
