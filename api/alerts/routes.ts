import { route } from "../http/route.ts";
import { ByDedupKey, Resolve, Resolved } from "./schema.ts";

/** What services say of the problems that they sent. */
export const alerts = {
  resolve: route({
    method: "POST",
    path: "/api/alerts/{dedup_key}/resolve",
    id: "resolveAlert",
    tag: "Sending",
    summary: "Say that the problem is over: its alert ends, whatever anybody did with it",
    caller: "service",
    params: ByDedupKey,
    body: Resolve,
    optionalBody: true,
    refusals: "notification.resolve",
    tallied: true,
    answers: { 200: { body: Resolved } },
    problems: ["not-found", "too-many"],
  }),
};
