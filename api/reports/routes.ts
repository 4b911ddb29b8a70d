import { route } from "../http/route.ts";
import {
  AcknowledgementQuery,
  AcknowledgementReport,
  LoadQuery,
  LoadReport,
  Range,
  VolumeReport,
} from "./schema.ts";

/** The calls under /api/reports. */
export const reports = {
  acknowledgement: route({
    method: "GET",
    path: "/api/reports/acknowledgement",
    id: "reportAcknowledgement",
    tag: "Deliveries",
    summary:
      "How soon alerts of the supervised territories were delivered, seen and acknowledged; as text/csv too",
    caller: "supervisor",
    query: AcknowledgementQuery,
    confirmed: "export",
    answers: {
      200: { body: AcknowledgementReport, text: "text/csv", mayHave: ["Content-Disposition", "Link"] },
    },
    problems: ["too-many"],
  }),
  load: route({
    method: "GET",
    path: "/api/reports/load",
    id: "reportLoad",
    tag: "Deliveries",
    summary:
      "How many notifications came to people of the supervised territories, and how many were dismissed unread; as text/csv too",
    caller: "supervisor",
    query: LoadQuery,
    confirmed: "export",
    answers: {
      200: { body: LoadReport, text: "text/csv", mayHave: ["Content-Disposition", "Link"] },
    },
    problems: ["too-many"],
  }),
  volume: route({
    method: "GET",
    path: "/api/reports/deliveries",
    id: "reportDeliveries",
    tag: "Deliveries",
    summary:
      "How many deliveries of the supervised territories there were by each channel, and how they ended; as text/csv too",
    caller: "supervisor",
    query: Range,
    confirmed: "export",
    answers: {
      200: { body: VolumeReport, text: "text/csv", mayHave: ["Content-Disposition", "Link"] },
    },
    problems: ["too-many"],
  }),
};
