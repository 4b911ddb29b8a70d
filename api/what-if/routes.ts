import { route } from "../http/route.ts";
import { WhatIfAnswer, WhatIfQuestion } from "./schema.ts";

/** The call under /api/what-if. */
export const whatIf = {
  ask: route({
    method: "POST",
    path: "/api/what-if",
    id: "askWhatIf",
    tag: "Escalation",
    summary:
      "Who would have been told of a territory's past notifications by another policy, other preferences, schedules or channels; nothing is kept",
    caller: "supervisor",
    body: WhatIfQuestion,
    answers: { 200: { body: WhatIfAnswer } },
    problems: ["too-many"],
  }),
};
