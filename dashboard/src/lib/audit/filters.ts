import { OUTCOMES } from "../contract.ts";
import { apiQuery, type DayRange, filterReader } from "../filters.ts";

/** The filters of the record as they stand in the page's address; empty strings filter nothing. */
export interface AuditFilters extends DayRange {
  actor: string;
  action: string;
  object: string;
  territory: string;
  outcome: (typeof OUTCOMES)[number] | "";
}

export function readFilters(query: Pick<URLSearchParams, "get">): AuditFilters {
  const { text, days } = filterReader(query);
  return {
    actor: text("actor"),
    action: text("action"),
    object: text("object"),
    territory: text("territory"),
    outcome: OUTCOMES.find((outcome) => outcome === query.get("outcome")) ?? "",
    ...days(),
  };
}

export { writeFilters } from "../filters.ts";

/** The same as a query of GET /api/audit. */
export const recordQuery = (filters: AuditFilters): URLSearchParams => apiQuery(filters);
