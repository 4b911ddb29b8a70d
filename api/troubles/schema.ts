import { z } from "zod";
import { Time } from "../http/schema.ts";

export const Trouble = z
  .object({
    kind: z
      .enum(["arrive", "expire", "close", "count", "step", "start", "look", "remind"])
      .describe(
        "What failed: a send's arrival, an alert's end, closing its copies, counting a broadcast's acknowledgements, a step, starting its workflow; look: a step is overdue though its workflow was told",
      ),
    id: z.uuid().describe("The notification, broadcast or alert"),
    failures: z.int(),
    code: z.string().describe("The last error's code; never its text"),
    since: Time,
    again_at: Time.nullable().describe("When it is tried again; null for what is parked, which is not tried"),
    parked_at: Time.nullable(),
  })
  .meta({
    id: "Trouble",
    examples: [
      {
        kind: "expire",
        id: "0195a1f0-5c00-7000-8000-000000000001",
        failures: 3,
        code: "57014",
        since: "2026-02-03T09:30:00.000Z",
        again_at: "2026-02-03T09:30:12.000Z",
        parked_at: null,
      },
    ],
  });

export const TroubleList = z
  .object({
    troubles: z
      .array(Trouble)
      .describe("What is parked first, and the longest in trouble first; at most 500 of them"),
  })
  .meta({ id: "TroubleList" });
