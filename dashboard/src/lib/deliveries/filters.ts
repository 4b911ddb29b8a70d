import { DELIVERY_STATUSES } from "../contract.ts";
import type { DeliveryStatus } from "../contract.ts";
import { startOf } from "../time.ts";

/** The filters of the delivery history as they stand in the page's address; empty strings filter nothing. */
export interface DeliveryFilters {
  territory: string;
  channel: string;
  status: DeliveryStatus | "";
  /** Days as the reader's calendar has them, YYYY-MM-DD, both included. */
  from: string;
  to: string;
}

export function readFilters(query: Pick<URLSearchParams, "get">): DeliveryFilters {
  const text = (name: string) => query.get(name)?.trim() ?? "";
  const day = (name: string) => (startOf(text(name), 0) ? text(name) : "");
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
