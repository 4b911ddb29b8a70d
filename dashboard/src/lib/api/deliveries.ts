import type { DeliveryDto } from "../contract.ts";
import { getPage } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** One page of the delivery history of the territories that the person supervises, newest first. */
export const listDeliveries = (query: URLSearchParams, fetch?: Fetch): Promise<Page<DeliveryDto>> =>
  getPage("/deliveries", "deliveries", query, { fetch });

/** Delivers once more by the same channel, as a delivery of its own. The act goes on record. */
export const redeliver = (id: string): Promise<DeliveryDto> =>
  request(`/deliveries/${encodeURIComponent(id)}/redeliver`, { method: "POST", body: {} });
