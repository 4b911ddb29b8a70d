import type { Context } from "koa";

type Cell = string | number | boolean | null;

/** A table as CSV (RFC 4180), its first line the columns' names. */
export function toCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Record<Column, Cell>[],
): string {
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(","));
  return [columns.join(","), ...lines, ""].join("\r\n");
}

/** Beginnings that a spreadsheet may run as a formula (OWASP, CSV injection), full-width forms included. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function cell(value: Cell): string {
  const text = value === null ? "" : String(value);
  const harmless = typeof value === "string" && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** True for a caller that would rather have text of that type than JSON. */
export const wantsText = (ctx: Context, type: string): boolean =>
  ctx.accepts("application/json", type) === type;

export const wantsCsv = (ctx: Context): boolean => wantsText(ctx, "text/csv");

/** The headers of a table that is a file; `next`: the query of its next page, or null on the last. */
export const attachment = (name: string, next: string | null) => ({
  "Content-Disposition": `attachment; filename="${name}"`,
  Link: next === null ? undefined : `<?${next}>; rel="next"`,
});
