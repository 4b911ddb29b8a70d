import type { Knex } from "knex";
import { type Checkpoint, findCheckpoint } from "../../store/audit/checkpoint.ts";
import { record } from "../../store/audit/record.ts";
import { pageOf } from "../../store/audit/rows.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { toCsv } from "../http/csv.ts";
import { type AuditRow, COLUMNS, flatten, presentEvent } from "./present.ts";
import { filtersOf, findEvents } from "./read.ts";
import type { AuditEvent, ExportQuery } from "./schema.ts";

/** How an export writes its events. */
export type Format = "csv" | "ndjson";

/** Events that are read at a time; a page is also bounded by its bytes. */
const PAGE = 1_000;

/** Whoever exports may do so no more; the export ends, and is not whole. */
class EndedError extends Error {}

interface ExportDeps {
  knex: Knex;
  /** Whether the caller is still signed in. */
  isThere: () => Promise<boolean>;
}

/**
 * Every event that matches, the newest first, a page at a time: the next one is read once the one before has gone out, and no transaction stays open
 * meanwhile. What is put on record later is not part of it. Its beginning and its end, with how much went out, are on record.
 * @throws where it can't go on; what has come so far is not whole
 */
export async function* exportRecord(
  { knex, isThere }: ExportDeps,
  { userId }: SignedInPerson,
  query: ExportQuery,
  format: Format,
): AsyncGenerator<string> {
  const actor: Actor = `user:${userId}`;
  const note = (trx: Transaction, payload: { events: number; complete: boolean }) =>
    record(trx, actor, {
      action: "audit.exported",
      outcome: payload.complete ? "ok" : "failed",
      payload: { ...payload, format, filters: filtersOf({ ...query, limit: PAGE }, payload.events > 0) },
    });
  const last = await actAs(knex, actor, async (trx) => {
    const payload = {
      format,
      from: query.cursor ?? null,
      filters: filtersOf({ ...query, limit: PAGE }, false),
    };
    await record(trx, actor, { action: "audit.export", outcome: "ok", payload });
    return await findCheckpoint(trx);
  });
  let events = 0;
  let complete = false;
  try {
    if (format === "csv") yield toCsv(COLUMNS, []);
    for await (const page of pages(knex, actor, query, last, isThere)) {
      events += page.length;
      yield format === "csv" ? rowsOf(page) : page.map((event) => `${JSON.stringify(event)}\n`).join("");
    }
    complete = true;
  } finally {
    await actAs(knex, actor, (trx) => note(trx, { events, complete }));
  }
}

async function* pages(
  knex: Knex,
  actor: Actor,
  query: ExportQuery,
  last: Checkpoint | null,
  isThere: () => Promise<boolean>,
): AsyncGenerator<AuditEvent[]> {
  // What is read while the export goes on, its own beginning among it, comes after this.
  let { cursor } = query;
  cursor ??= (await actAs(knex, actor, newestId)) + 1;
  for (;;) {
    if (!(await isThere())) throw new EndedError("The session has ended.");
    const from: number = cursor;
    const { rows, whole } = await actAs(knex, actor, async (trx) => {
      const page = await pageOf<AuditRow>(
        trx,
        findEvents(trx, { ...query, cursor: from, limit: PAGE - 1 }, last),
        "id DESC",
      );
      // Without the role row-level security shows nothing, which would pass for the end. Whoever has it after the page was read had it then.
      const { rows: found } = await trx.raw<{ rows: { found: boolean }[] }>(
        "SELECT has_role('auditor') AS found",
      );
      if (found[0]?.found !== true) throw new EndedError("The role is gone.");
      return page;
    });
    if (rows.length > 0) yield rows.map(presentEvent);
    if (whole && rows.length < PAGE) return;
    cursor = rows.at(-1)?.id ?? 0;
  }
}

async function newestId(trx: Transaction): Promise<number> {
  const row: { id: number } | undefined = await trx("audit_events").orderBy("id", "desc").first("id");
  return row?.id ?? 0;
}

const HEAD = toCsv(COLUMNS, []).length;

/** Lines of a table, without those of its head. */
const rowsOf = (events: AuditEvent[]): string => toCsv(COLUMNS, events.map(flatten)).slice(HEAD);
