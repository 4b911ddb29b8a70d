import type { Answer, DeliveryDto } from "../contract.ts";
import { pageOf } from "./pages.ts";
import type { Page } from "./pages.ts";
import { request } from "./request.ts";
import type { Fetch } from "./request.ts";

/** A delivery with what the history says of its recipient and its notification. */
export type HistoryDelivery = Answer<"listDeliveries">["deliveries"][number];

/** A delivery with what its recipient is called; null where they have left. */
export type NamedDelivery = DeliveryDto & Pick<HistoryDelivery, "name">;

/** One page of the delivery history of the territories that the person supervises, newest first. */
export const listDeliveries = async (query: URLSearchParams, fetch?: Fetch): Promise<Page<HistoryDelivery>> =>
  pageOf(await request<Answer<"listDeliveries">>("/deliveries", { query, fetch }), "deliveries");

/** Delivers once more by the same channel, as a delivery of its own. The act goes on record. */
export const redeliver = (id: string): Promise<Answer<"redeliver">> =>
  request(`/deliveries/${encodeURIComponent(id)}/redeliver`, { method: "POST", body: {} });
