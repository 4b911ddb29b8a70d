import { apiQuery, type DayRange, filterReader } from "../filters.ts";

export const REPORTS = ["times", "load"] as const;
/** times: how soon alerts were answered; load: what came to people. */
export type Report = (typeof REPORTS)[number];

/** What a report puts together; the first unless another is chosen. */
export const GROUPS = {
  times: ["category", "territory", "hour"],
  load: ["role", "category", "territory", "hour"],
} as const satisfies Record<Report, readonly string[]>;
export type Group = (typeof GROUPS)[Report][number];

/** Reports and their filters as they stand in the page's address; empty strings filter nothing. */
export interface ReportFilters extends DayRange {
  /** Empty: times. */
  report: Exclude<Report, "times"> | "";
  territory: string;
  by: Group | "";
}

export function readFilters(query: Pick<URLSearchParams, "get">): ReportFilters {
  const { text, days } = filterReader(query);
  const report = text("report") === "load" ? "load" : "";
  const [first, ...others]: readonly Group[] = GROUPS[report || "times"];
  const by = others.find((group) => group === text("by") && group !== first) ?? "";
  return { report, territory: text("territory"), by, ...days() };
}

export { writeFilters } from "../filters.ts";

/** What the rows of a report stand for. */
export const groupOf = ({ report, by }: ReportFilters): Group => by || GROUPS[report || "times"][0];

/** The same as a query of GET /api/reports; hours of the day are those of the reader's clock. */
export function reportQuery(
  { report: _report, ...filters }: ReportFilters,
  zone = Intl.DateTimeFormat().resolvedOptions().timeZone,
): URLSearchParams {
  const query = apiQuery(filters);
  query.set("zone", zone);
  return query;
}
