import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type pg from "pg";
import { z } from "zod";

/** An event of the audit record as its sink has it. */
const Event = z.looseObject({
  kind: z.literal("event"),
  id: z.coerce.string(),
  action: z.string(),
  outcome: z.string(),
  object_id: z.string().nullable(),
  leaf: z.string(),
  /** Seconds since 1970. */
  at: z.string().optional(),
});
export type Event = z.infer<typeof Event>;

/** Events asked for in one query. */
const BATCH = 5_000;

/**
 * The events of a record that left the machine which the database does not have, in the record's order. An event is known by its number and
 * leaf: a number may come again after an earlier restore. What was archived before is not missing.
 * @param file lines of JSON, as TOCSIN_AUDIT_SINK gets them; lines that are no whole events are passed over
 */
export async function compareRecord(owner: pg.Client, file: string): Promise<Event[]> {
  await owner.query("BEGIN");
  await owner.query("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
  await owner.query("ALTER TABLE archives NO FORCE ROW LEVEL SECURITY");
  const archived = await owner.query<{ ends: number | null }>(
    "SELECT extract(epoch FROM max(ends))::float AS ends FROM archives WHERE source = 'audit_events'",
  );
  const from = archived.rows[0]?.ends ?? Number.NEGATIVE_INFINITY;
  const missing: Event[] = [];
  let batch: Event[] = [];
  const compare = async (): Promise<void> => {
    const { rows } = await owner.query<{ known: string }>(
      "SELECT id || ' ' || encode(leaf, 'hex') AS known FROM audit_events WHERE id = ANY($1::bigint[])",
      [batch.map(({ id }) => id)],
    );
    const known = new Set(rows.map((row) => row.known));
    missing.push(...batch.filter(({ id, leaf }) => !known.has(`${id} ${leaf}`)));
    batch = [];
  };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const event = parse(line);
    if (event === null || Number(event.at ?? Number.POSITIVE_INFINITY) < from) continue;
    batch.push(event);
    if (batch.length === BATCH) await compare();
  }
  await compare();
  await owner.query("ROLLBACK");
  return [...new Map(missing.map((event) => [`${event.id} ${event.leaf}`, event])).values()];
}

function parse(line: string): Event | null {
  try {
    return Event.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
