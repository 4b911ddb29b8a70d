import { route } from "../http/route.ts";
import { Trial, TrialResult } from "./schema.ts";

/** The call under /api/redactions. */
export const redactions = {
  try: route({
    method: "POST",
    path: "/api/redactions",
    id: "tryRedaction",
    tag: "Administration",
    summary: "Try what would be taken out of a text; nothing of it is kept",
    caller: "supervisor",
    body: Trial,
    answers: { 200: { body: TrialResult, headers: ["Cache-Control"] } },
  }),
};
