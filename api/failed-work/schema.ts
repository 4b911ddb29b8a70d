import { z } from "zod";
import { FAILED_KINDS } from "../../store/notifications/failed-work.ts";
import { MICROSECONDS } from "../http/cursor.ts";
import { Next, pageBy, Time } from "../http/schema.ts";

export const FailedWorkQuery = pageBy(z.tuple([MICROSECONDS, z.enum(FAILED_KINDS), z.uuid()])).extend({
  territory: z.string().max(200).optional(),
  kind: z.enum(FAILED_KINDS).optional(),
});

const Kind = z
  .enum(FAILED_KINDS)
  .describe(
    "What failed: a delivery; or a loop's work: a send's arrival, an alert's end, closing its copies, counting a broadcast's acknowledgements, a step, starting its workflow, a reminder; look: a step is overdue though its workflow was told",
  );

export const FailedWork = z
  .object({
    kind: Kind,
    id: z.uuid().describe("The delivery, or the notification, broadcast or alert that a loop works on"),
    notification_id: z.uuid().describe("The notification, broadcast or alert that it is about"),
    territory_id: z.string().nullable().describe("Null where it is of no territory"),
    channel: z.string().nullable().describe("Of a delivery; null for all others"),
    cause: z.string().describe("Why it failed, as a sentence; nothing of the message"),
    code: z.string().describe("The last error's code or the delivery's reason; never its text"),
    attempts: z.int(),
    since: Time,
    again_at: Time.nullable().describe(
      "When it is tried again by itself; null where it is not tried any more",
    ),
  })
  .meta({
    id: "FailedWork",
    examples: [
      {
        kind: "delivery",
        id: "0195a1f0-5c01-7000-8000-000000000002",
        notification_id: "0195a1f0-5c00-7000-8000-000000000001",
        territory_id: "west-hospital",
        channel: "sms",
        cause: "The channel sms could not deliver it (auth_failed), and no other channel did.",
        code: "auth_failed",
        attempts: 1,
        since: "2026-02-03T09:30:00.000Z",
        again_at: null,
      },
    ],
  });

export const FailedWorkList = z
  .object({ failed: z.array(FailedWork).describe("The latest first"), next: Next })
  .meta({ id: "FailedWorkList" });

export const REDRIVE_OUTCOMES = ["redriven", "not_found", "under_way", "over", "got", "off"] as const;

/** At once; each is a piece of work of its own. */
const MOST = 100;

export const RedriveMany = z.strictObject({
  ids: z
    .array(z.uuid())
    .min(1)
    .max(MOST)
    .describe("Of failed work, as the list gives them")
    .meta({ examples: [["0195a1f0-5c01-7000-8000-000000000002"]] }),
});

export const RedriveResults = z.object({
  results: z
    .array(
      z.object({
        id: z.uuid(),
        outcome: z
          .enum(REDRIVE_OUTCOMES)
          .describe(
            "not_found: mended meanwhile, or not yours to see; under_way: another delivery of it is; over: the notification is; got: its person has it; off: the channel is",
          ),
      }),
    )
    .describe("In the order of `ids`")
    .meta({ examples: [[{ id: "0195a1f0-5c01-7000-8000-000000000002", outcome: "redriven" }]] }),
});
