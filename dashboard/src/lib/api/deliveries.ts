import type { DeliveryDto } from "../contract.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

export interface DeliveryPage {
  deliveries: DeliveryDto[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

/** One page of the delivery history of the territories that the person supervises, newest first. */
export const listDeliveries = (query: URLSearchParams, fetch?: Fetch): Promise<DeliveryPage> =>
  request("/deliveries", fetch ? { query, fetch } : { query });

/** Delivers once more by the same channel, under a new delivery; on record. */
export const redeliver = (id: string): Promise<DeliveryDto> =>
  request(`/deliveries/${encodeURIComponent(id)}/redeliver`, { method: "POST", body: {} });
