import { route } from "../http/route.ts";
import { Trial, TrialResult } from "./schema.ts";

/** The call under /api/redactions. */
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
  }),
};
