import { route } from "../http/route.ts";
import { ById } from "../http/schema.ts";
import { TroubleList } from "./schema.ts";

/** The calls under /api/troubles. */
export const troubles = {
  list: route({
    method: "GET",
    path: "/api/troubles",
    id: "listTroubles",
    tag: "System",
    summary: "What failed again and again and is put off or parked, by ids alone",
    caller: "admin",
    answers: { 200: { body: TroubleList } },
  }),
  retry: route({
    method: "POST",
    path: "/api/troubles/{id}/retry",
    id: "retryTrouble",
    tag: "System",
    summary: "Have what failed of a notification, broadcast or alert tried again at once; on record",
    caller: "admin",
    refusals: "trouble.retry",
    params: ById,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
