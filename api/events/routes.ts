import { route } from "../http/route.ts";
import { EventList, EventsHeaders, EventsQuery } from "./schema.ts";

/** What became of a service's sends, for services that can't be called. */
export const events = {
  list: route({
    method: "GET",
    path: "/api/events",
    id: "listEvents",
    tag: "Sending",
    summary:
      "What became of the service's notifications, from its first call on; as JSON, or as a stream of server-sent events",
    caller: "service",
    query: EventsQuery,
    headers: EventsHeaders,
    answers: { 200: { body: EventList, text: "text/event-stream", mayHave: ["Preference-Applied"] } },
    problems: ["too-many"],
  }),
};
