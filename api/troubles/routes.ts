import { route } from "../http/route.ts";
import { TroubleList } from "./schema.ts";

/** The call under /api/troubles. */
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
};
