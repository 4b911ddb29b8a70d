import { route } from "../http/route.ts";
import { ById } from "../http/schema.ts";
import {
  DraftTrial,
  ExampleList,
  ExamplesQuery,
  GivenExample,
  Marking,
  Trial,
  TrialResult,
} from "./schema.ts";

/** The calls under /api/redactions. */
export const redactions = {
  try: route({
    method: "POST",
    path: "/api/redactions",
    id: "tryRedaction",
    tag: "Administration",
    summary: "Try the redaction on a text; nothing of it is kept",
    caller: "supervisor",
    body: Trial,
    answers: { 200: { body: TrialResult } },
    problems: ["too-many"],
  }),
  tryDraft: route({
    method: "POST",
    path: "/api/redactions/drafts",
    id: "tryRedactionDraft",
    tag: "Administration",
    summary: "Try settings of redaction on a text before a territory has them; nothing of either is kept",
    caller: "admin",
    body: DraftTrial,
    answers: { 200: { body: TrialResult } },
    problems: ["too-many"],
  }),
  mark: route({
    method: "POST",
    path: "/api/redactions/examples",
    id: "markRedaction",
    tag: "Administration",
    summary: "Mark what the redaction missed in a text, or took for an identifier; kept sealed, on record",
    caller: "supervisor",
    body: Marking,
    answers: { 201: { body: GivenExample } },
    problems: ["too-many"],
  }),
  listExamples: route({
    method: "GET",
    path: "/api/redactions/examples",
    id: "listRedactionExamples",
    tag: "Administration",
    summary:
      "What supervisors marked, newest first, as templates with all values replaced; as text/plain the templates alone, one a line; on record",
    caller: "admin",
    query: ExamplesQuery,
    confirmed: "export",
    answers: { 200: { body: ExampleList, text: "text/plain", mayHave: ["Content-Disposition", "Link"] } },
  }),
  removeExample: route({
    method: "DELETE",
    path: "/api/redactions/examples/{id}",
    id: "removeRedactionExample",
    tag: "Administration",
    summary: "Remove an example for good; on record",
    caller: "admin",
    params: ById,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
