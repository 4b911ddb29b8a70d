import { DELIVERY_STATUSES } from "../contract.ts";
import type { DeliveryStatus } from "../contract.ts";
import { apiQuery, type DayRange, filterReader } from "../filters.ts";

/** The filters of the delivery history as they stand in the page's address; empty strings filter nothing. */
export interface DeliveryFilters extends DayRange {
  territory: string;
  channel: string;
  status: DeliveryStatus | "";
}

export function readFilters(query: Pick<URLSearchParams, "get">): DeliveryFilters {
  const { text, days } = filterReader(query);
  return {
    territory: text("territory"),
    channel: text("channel"),
    status: DELIVERY_STATUSES.find((status) => status === query.get("status")) ?? "",
    ...days(),
  };
}

export { writeFilters } from "../filters.ts";

/** The same as a query of GET /api/deliveries. */
export const historyQuery = (filters: DeliveryFilters): URLSearchParams => apiQuery(filters);
