import { route } from "../http/route.ts";
import { ByName, ChannelList } from "./schema.ts";

/** The calls under /api/channels. */
export const channels = {
  list: route({
    method: "GET",
    path: "/api/channels",
    id: "listChannels",
    tag: "Channels",
    summary: "The channels, and the state of each",
    caller: "person",
    answers: { 200: { body: ChannelList } },
  }),
  report: route({
    method: "POST",
    path: "/api/channels/{name}/status",
    id: "reportStatus",
    tag: "Channels",
    summary:
      "A provider's report on its deliveries, or what a person answered by it; up to 65,536 bytes, signed as the provider signs",
    caller: "provider",
    params: ByName,
    answers: { 200: { text: "text/xml" }, 204: {} },
    problems: ["undecodable", "unauthorized", "not-found", "too-large", "too-many", "plugin", "unavailable"],
  }),
};
