import type { Knex } from "knex";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import type { Range } from "./schema.ts";

const DAY = 86_400_000;
/** What is read at once; ms. */
const MONTH = 31 * DAY;

/** A part of a report's time. */
export interface Span {
  from: Date;
  to: Date;
}

/** A time in parts of a month at most, the earliest first. */
export function monthsOf({ from, to }: Span): Span[] {
  const count = Math.max(1, Math.ceil((to.getTime() - from.getTime()) / MONTH));
  const end = (n: number): Date => new Date(Math.min(from.getTime() + n * MONTH, to.getTime()));
  return Array.from({ length: count }, (_, n) => ({ from: end(n), to: end(n + 1) }));
}

/**
 * Reads a report a month at a time, each in a transaction of its own: however long its time is, no statement, and no snapshot, lasts longer than a
 * month takes.
 */
export async function readByMonth<T>(
  knex: Knex,
  { userId }: SignedInPerson,
  range: Range,
  read: (trx: Transaction, span: Span) => Promise<T[]>,
): Promise<T[]> {
  const rows: T[] = [];
  for (const span of monthsOf(range))
    rows.push(...(await actAs(knex, `user:${userId}`, (trx) => read(trx, span))));
  return rows;
}
