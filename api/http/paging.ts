import { encodeCursor } from "./cursor.ts";

/** Splits rows, of which one more was read than asked for, into the page and the cursor of the next page. */
export function toPage<T>(
  rows: T[],
  limit: number,
  placeOf: (row: T) => unknown,
): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, next: last === undefined ? null : encodeCursor(placeOf(last)) };
}

/** The place of a row in a list that is ordered newest first. */
export const placeInTime = ({ created_at, id }: { created_at: Date; id: string }): [number, string] => [
  created_at.getTime(),
  id,
];

/** SQL: a time to the millisecond, by which a list is ordered where PostgreSQL wrote more digits than a cursor of `placeInTime` has. */
export const inMilliseconds = (time: string): string => `date_trunc('milliseconds', ${time})`;

/** The same in a list whose rows came with the `moment` of their time, in microseconds. */
export const placeAtMoment = ({ moment, id }: { moment: number; id: string }): [number, string] => [
  moment,
  id,
];

/** A pattern for LIKE that finds `text` itself anywhere: its wildcards mean nothing. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
