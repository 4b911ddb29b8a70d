import { Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { Trial } from "./schema.ts";

/** Finding out where a notification gets stuck. */
export const trials = {
  create: route({
    method: "POST",
    path: "/api/diagnostics/trials",
    id: "createTrial",
    tag: "System",
    summary:
      "Sends a test notification to oneself by the live channel alone, and asks the parts that it passes through",
    caller: "person",
    body: Nothing,
    optionalBody: true,
    answers: { 202: { body: Trial } },
    problems: ["forbidden", "too-many"],
  }),
};
