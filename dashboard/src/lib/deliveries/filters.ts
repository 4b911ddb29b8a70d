import { DELIVERY_STATUSES } from "../contract.ts";
import type { DeliveryStatus } from "../contract.ts";

/** The filters of the delivery history as they stand in the page's address; empty strings filter nothing. */
export interface DeliveryFilters {
  territory: string;
  channel: string;
  status: DeliveryStatus | "";
  /** Days as the reader's calendar has them, YYYY-MM-DD, both included. */
  from: string;
  to: string;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

export function readFilters(query: Pick<URLSearchParams, "get">): DeliveryFilters {
  const text = (name: string) => query.get(name)?.trim() ?? "";
  const day = (name: string) => (DAY.test(text(name)) && startOf(text(name), 0) ? text(name) : "");
  return {
    territory: text("territory"),
    channel: text("channel"),
    status: DELIVERY_STATUSES.find((status) => status === query.get("status")) ?? "",
    from: day("from"),
    to: day("to"),
  };
}

export function writeFilters(filters: DeliveryFilters): URLSearchParams {
  const set = Object.entries(filters).filter(([, value]) => value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
}

/** The same as a query of GET /api/deliveries, days turned into the moments at which they begin and end here. */
export function historyQuery({ from, to, ...rest }: DeliveryFilters): URLSearchParams {
  const query = writeFilters({ ...rest, from: "", to: "" });
  const start = startOf(from, 0);
  const end = startOf(to, 1);
  if (start) query.set("from", start);
  if (end) query.set("to", end);
  return query;
}

/** The first moment of a day, or of a later one, in the reader's time zone. */
function startOf(day: string, later: number): string | null {
  const [, year, month, date] = DAY.exec(day) ?? [];
  const start = new Date(Number(year), Number(month) - 1, Number(date) + later);
  return Number.isNaN(start.getTime()) ? null : start.toISOString();
}
