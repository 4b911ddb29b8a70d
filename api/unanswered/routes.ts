import { ById } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { Close, UnansweredList, UnansweredQuery } from "./schema.ts";

/** The calls under /api/unanswered. */
export const unanswered = {
  list: route({
    method: "GET",
    path: "/api/unanswered",
    id: "listUnanswered",
    tag: "Deliveries",
    summary: "Alerts that wait for somebody to acknowledge them, the oldest first, and how many there are",
    caller: "person",
    compressed: true,
    query: UnansweredQuery,
    answers: { 200: { body: UnansweredList } },
    problems: ["forbidden"],
  }),
  close: route({
    method: "POST",
    path: "/api/unanswered/{id}/close",
    id: "closeUnanswered",
    tag: "Deliveries",
    summary: "End an alert that nobody acknowledged, with a reason; on record",
    caller: "supervisor",
    refusals: "notification.close",
    params: ById,
    body: Close,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
