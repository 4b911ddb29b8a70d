import { z } from "zod";
import { CATEGORIES, LONGEST_CLOSE_REASON, PRIORITIES, UNANSWERED_STATES } from "../../channels/contract.ts";
import { ByTime } from "../http/cursor.ts";
import { BroadcastCount } from "../notifications/schema.ts";
import { Next, pageBy, Time } from "../http/schema.ts";

export const UnansweredQuery = pageBy(ByTime).extend({
  territory: z.string().max(200).optional(),
  state: z.enum(UNANSWERED_STATES).optional(),
});
export type UnansweredQuery = z.infer<typeof UnansweredQuery>;

export const Unanswered = z
  .object({
    notification_id: z.uuid(),
    territory_id: z.string(),
    user_id: z.string().nullable().describe("Its recipient; null for a broadcast's one alert"),
    name: z
      .string()
      .nullable()
      .describe("What the recipient is called; null where there is none, or they have left"),
    broadcast: BroadcastCount.nullable(),
    category: z.enum(CATEGORIES),
    priority: z.enum(PRIORITIES),
    state: z.enum(UNANSWERED_STATES),
    since: Time.describe("When it was sent"),
    steps: z.int().describe("Steps of its escalation that were taken"),
    next_step_at: Time,
    told: z
      .array(
        z.object({
          user_id: z.string(),
          name: z.string().nullable(),
          seen: z.boolean(),
          acknowledged: z.boolean(),
        }),
      )
      .describe("Who has it in the inbox, at most 100 of them"),
  })
  .meta({
    id: "Unanswered",
    examples: [
      {
        notification_id: "0195a1f0-5c00-7000-8000-000000000001",
        territory_id: "west-hospital",
        user_id: "a.example",
        name: "A. Example",
        broadcast: null,
        category: "patient_alert",
        priority: "critical",
        state: "waiting",
        since: "2026-02-03T09:30:00.000Z",
        steps: 1,
        next_step_at: "2026-02-03T09:40:00.000Z",
        told: [{ user_id: "a.example", name: "A. Example", seen: false, acknowledged: false }],
      },
    ],
  });

export const UnansweredCounts = z
  .object({
    territory_id: z.string(),
    waiting: z.int(),
    exhausted: z.int(),
    unreached: z.int(),
  })
  .meta({ examples: [{ territory_id: "west-hospital", waiting: 1, exhausted: 0, unreached: 0 }] });

export const UnansweredList = z
  .object({
    unanswered: z.array(Unanswered).describe("In the supervised territories, the oldest first"),
    counts: z
      .array(UnansweredCounts)
      .describe("One entry for each territory: supervised ones, or all of them for administrators"),
    next: Next,
  })
  .meta({ id: "UnansweredList" });

export const Close = z.strictObject({
  reason: z
    .string()
    .max(LONGEST_CLOSE_REASON)
    .refine((text) => text.trim() !== "", "must not be blank")
    .describe(
      "Why nobody has to acknowledge it any more; nothing about the patient. It is redacted, and shown to supervisors",
    )
    .meta({ examples: ["Handled at the bedside"] }),
});
