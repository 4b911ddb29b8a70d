import { OUTCOMES } from "../api/audit.ts";
import type { AuditOutcome } from "../api/audit.ts";
import { startOf } from "../time.ts";

/** The filters of the record as they stand in the page's address; empty strings filter nothing. */
export interface AuditFilters {
  actor: string;
  action: string;
  object: string;
  territory: string;
  outcome: AuditOutcome | "";
  /** Days as the reader's calendar has them, YYYY-MM-DD, both included. */
  from: string;
  to: string;
}

export function readFilters(query: Pick<URLSearchParams, "get">): AuditFilters {
  const text = (name: string) => query.get(name)?.trim() ?? "";
  const day = (name: string) => (startOf(text(name), 0) ? text(name) : "");
  return {
    actor: text("actor"),
    action: text("action"),
    object: text("object"),
    territory: text("territory"),
    outcome: OUTCOMES.find((outcome) => outcome === query.get("outcome")) ?? "",
    from: day("from"),
    to: day("to"),
  };
}

export function writeFilters(filters: AuditFilters): URLSearchParams {
  const set = Object.entries(filters).filter(([, value]) => value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
}

/** The same as a query of GET /api/audit, days turned into the moments at which they begin and end here. */
export function recordQuery({ from, to, ...rest }: AuditFilters): URLSearchParams {
  const query = writeFilters({ ...rest, from: "", to: "" });
  const start = startOf(from, 0);
  const end = startOf(to, 1);
  if (start) query.set("from", start);
  if (end) query.set("to", end);
  return query;
}
