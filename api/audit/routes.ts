import { route } from "../http/route.ts";
import { ById, Nothing } from "../http/schema.ts";
import { AuditPage, AuditQuery, ExportQuery, LatestVerification, Proof, Verification } from "./schema.ts";

const EXPORT = {
  method: "GET",
  tag: "Record",
  caller: "auditor",
  confirmed: "always",
  query: ExportQuery,
  problems: ["too-many"],
} as const;

/** The calls under /api/audit. */
export const audit = {
  read: route({
    method: "GET",
    path: "/api/audit",
    id: "readRecord",
    tag: "Record",
    summary:
      "The audit record, newest first; as text/csv too, up to 10,000 events. Each reading is on record",
    caller: "auditor",
    compressed: true,
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
  exportCsv: route({
    ...EXPORT,
    path: "/api/audit/export/csv",
    id: "exportRecordCsv",
    summary:
      "Every event that matches, newest first, as one table however long it is. One that broke off goes on with `cursor`",
    answers: { 200: { text: "text/csv", headers: ["Content-Disposition"] } },
  }),
  exportLines: route({
    ...EXPORT,
    path: "/api/audit/export/ndjson",
    id: "exportRecordLines",
    summary: "The same, an event of JSON a line",
    answers: { 200: { text: "application/x-ndjson", headers: ["Content-Disposition"] } },
  }),
  verify: route({
    method: "POST",
    path: "/api/audit/verification",
    id: "verifyRecord",
    tag: "Record",
    summary:
      "Have the whole record recomputed and compared with its checkpoints and a node's anchor file, in the background; on record",
    caller: "auditor",
    body: Nothing,
    optionalBody: true,
    answers: { 202: { body: Verification } },
    problems: ["conflict"],
  }),
  verification: route({
    method: "GET",
    path: "/api/audit/verification",
    id: "readVerification",
    tag: "Record",
    summary: "How far the newest verification is, or what it came to",
    caller: "auditor",
    background: true,
    answers: { 200: { body: LatestVerification } },
  }),
  prove: route({
    method: "GET",
    path: "/api/notifications/{id}/proof",
    id: "proveNotification",
    tag: "Record",
    summary:
      "Everything on record of a notification, its copies and deliveries, signed, with each event's way into a signed checkpoint: `npm run proof:verify` verifies it with the public key alone. On record",
    caller: "auditor",
    confirmed: "always",
    params: ById,
    answers: { 200: { body: Proof, text: "application/json", headers: ["Content-Disposition"] } },
    problems: ["not-found", "conflict", "too-many"],
  }),
};
