import { route } from "../http/route.ts";
import { ById, Nothing } from "../http/schema.ts";
import { FailedWorkList, FailedWorkQuery, RedriveMany, RedriveResults } from "./schema.ts";

/** The calls under /api/failed-work. */
export const failedWork = {
  list: route({
    method: "GET",
    path: "/api/failed-work",
    id: "listFailedWork",
    tag: "Deliveries",
    summary: "What failed and was not mended of itself, the latest first: for supervisors and administrators",
    caller: "person",
    compressed: true,
    query: FailedWorkQuery,
    answers: { 200: { body: FailedWorkList } },
    problems: ["forbidden"],
  }),
  redrive: route({
    method: "POST",
    path: "/api/failed-work/{id}/redrive",
    id: "redrive",
    tag: "Deliveries",
    summary:
      "Have one piece of failed work done again, unless its person has got it or it is over; on record",
    caller: "person",
    refusals: "work.redrive",
    params: ById,
    body: Nothing,
    optionalBody: true,
    answers: { 204: {} },
    problems: ["forbidden", "not-found", "conflict"],
  }),
  redriveMany: route({
    method: "POST",
    path: "/api/failed-work/redrive",
    id: "redriveMany",
    tag: "Deliveries",
    summary: "The same for up to 100 at once, with an outcome for each; on record",
    caller: "person",
    refusals: "work.redrive",
    body: RedriveMany,
    answers: { 200: { body: RedriveResults } },
    problems: ["forbidden"],
  }),
};
