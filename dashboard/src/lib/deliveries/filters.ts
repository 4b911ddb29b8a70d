import { CATEGORIES, DELIVERY_STATUSES, PRIORITIES } from "../contract.ts";
import type { Category, DeliveryStatus, Priority } from "../contract.ts";
import { reportQuery } from "../reports/filters.ts";
import { apiQuery, type DayRange, filterReader } from "../filters.ts";

/** The filters of the delivery history as they stand in the page's address; empty strings filter nothing. */
export interface DeliveryFilters extends DayRange {
  /** Of a delivery or a notification, as somebody typed it. */
  id: string;
  /** A person's id. */
  recipient: string;
  territory: string;
  priority: Priority | "";
  category: Category | "";
  channel: string;
  status: DeliveryStatus | "";
  acknowledged: "yes" | "no" | "";
  /** Whether the charts are open. */
  charts: "yes" | "";
}

/** The value of a list that the text is; empty where it is none. */
const oneOf = <V extends string>(values: readonly V[], text: string): V | "" =>
  values.find((value) => value === text) ?? "";

export function readFilters(query: Pick<URLSearchParams, "get">): DeliveryFilters {
  const { text, days } = filterReader(query);
  return {
    id: text("id"),
    recipient: text("recipient"),
    territory: text("territory"),
    priority: oneOf(PRIORITIES, text("priority")),
    category: oneOf(CATEGORIES, text("category")),
    channel: text("channel"),
    status: oneOf(DELIVERY_STATUSES, text("status")),
    acknowledged: oneOf(["yes", "no"], text("acknowledged")),
    ...days(),
    charts: oneOf(["yes"], text("charts")),
  };
}

export { writeFilters } from "../filters.ts";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is wrong with an id that is searched for; null where nothing is. */
export const idFault = (id: string): string | null =>
  id === "" || ID.test(id) ? null : "That is no id of a delivery or a notification.";

/** The same as a query of GET /api/deliveries; an id that is none finds what the others find. */
export function historyQuery({ charts: _charts, id, ...filters }: DeliveryFilters): URLSearchParams {
  const query = apiQuery(filters);
  if (id !== "" && idFault(id) === null) query.set("id", id);
  return query;
}

/** The place and the time of the filters, as a query of the reports of the API. */
export const chartQuery = ({ territory, from, to }: DeliveryFilters): URLSearchParams =>
  reportQuery({ report: "", by: "", territory, from, to });
