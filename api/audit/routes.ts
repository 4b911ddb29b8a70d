import { route } from "../http/route.ts";
import { AuditPage, AuditQuery } from "./schema.ts";

/** The call under /api/audit. */
export const audit = {
  read: route({
    method: "GET",
    path: "/api/audit",
    id: "readRecord",
    tag: "Record",
    summary:
      "The audit record, newest first; as text/csv too, up to 10,000 events. Each reading is on record",
    caller: "auditor",
    confirmed: "export",
    query: AuditQuery,
    answers: {
      200: {
        body: AuditPage,
        text: "text/csv",
        mayHave: ["Content-Disposition", "Link"],
      },
    },
    problems: ["too-many"],
  }),
};
