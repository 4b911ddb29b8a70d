import { OUTCOMES } from "../contract.ts";
import { filterReader, writeFilters } from "../filters.ts";

/** The filters of the record as they stand in the page's address; empty strings filter nothing. */
export interface AuditFilters {
  actor: string;
  action: string;
  /** A person's id: what they did, what was done to them, and their sign-ins. */
  person: string;
  object: string;
  territory: string;
  outcome: (typeof OUTCOMES)[number] | "";
  /** Minutes by the reader's clock, YYYY-MM-DDTHH:MM, both included. */
  from: string;
  to: string;
}

const MINUTE = 60_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** A moment as a field of the page has it; a day of an older address begins, or ends, with its first, or last, minute. */
function minuteOf(text: string, ofDay: string): string {
  const whole = DAY.test(text) ? `${text}T${ofDay}` : text;
  return TIME.test(whole) && !Number.isNaN(Date.parse(whole)) ? whole : "";
}

export function readFilters(query: Pick<URLSearchParams, "get">): AuditFilters {
  const { text } = filterReader(query);
  return {
    actor: text("actor"),
    action: text("action"),
    person: text("person"),
    object: text("object"),
    territory: text("territory"),
    outcome: OUTCOMES.find((outcome) => outcome === query.get("outcome")) ?? "",
    from: minuteOf(text("from"), "00:00"),
    to: minuteOf(text("to"), "23:59"),
  };
}

export { writeFilters } from "../filters.ts";

/** The same as a query of GET /api/audit. */
export function recordQuery({ from, to, ...rest }: AuditFilters): URLSearchParams {
  const query = writeFilters(rest);
  if (from !== "") query.set("from", new Date(from).toISOString());
  if (to !== "") query.set("to", new Date(Date.parse(to) + MINUTE).toISOString());
  return query;
}
