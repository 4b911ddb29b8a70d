import { ByAnyId, Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { DeliveriesQuery, Delivery, DeliveryList } from "./schema.ts";

/** The calls under /api/deliveries. */
export const deliveries = {
  list: route({
    method: "GET",
    path: "/api/deliveries",
    id: "listDeliveries",
    tag: "Deliveries",
    summary: "The delivery history of the supervised territories, newest first; as text/csv too",
    caller: "supervisor",
    compressed: true,
    confirmed: "export",
    query: DeliveriesQuery,
    answers: { 200: { body: DeliveryList, text: "text/csv", mayHave: ["Content-Disposition", "Link"] } },
    problems: ["too-many"],
  }),
  redeliver: route({
    method: "POST",
    path: "/api/deliveries/{id}/redeliver",
    id: "redeliver",
    tag: "Deliveries",
    summary: "Deliver once more by the same channel, under a new delivery; on record",
    caller: "supervisor",
    refusals: "delivery.redeliver",
    params: ByAnyId,
    body: Nothing,
    optionalBody: true,
    answers: { 202: { body: Delivery, headers: ["Location"] } },
    problems: ["not-found", "conflict"],
  }),
};
