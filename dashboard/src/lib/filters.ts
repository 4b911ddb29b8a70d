import { startOf } from "./time.ts";

/** Days as the reader's calendar has them, YYYY-MM-DD, both included; empty strings filter nothing. */
export interface DayRange {
  from: string;
  to: string;
}

/** Reads filters from a page's address; a value that is not a day counts as none. */
export function filterReader(query: Pick<URLSearchParams, "get">) {
  const text = (name: string): string => query.get(name)?.trim() ?? "";
  const day = (name: string): string => (startOf(text(name), 0) ? text(name) : "");
  return { text, days: (): DayRange => ({ from: day("from"), to: day("to") }) };
}

/** Filters as a page's address keeps them; those that filter nothing are left out. */
export function writeFilters(filters: object): URLSearchParams {
  const set = Object.entries(filters).filter(([, value]) => value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
}

/** Filters as a query of the API, days turned into the moments at which they begin and end here. */
export function apiQuery({ from, to, ...rest }: DayRange): URLSearchParams {
  const query = writeFilters(rest);
  const start = startOf(from, 0);
  const end = startOf(to, 1);
  if (start) query.set("from", start);
  if (end) query.set("to", end);
  return query;
}
