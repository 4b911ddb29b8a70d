import { z } from "zod";
import { Notification } from "../notifications/schema.ts";
import { ByTime } from "../http/cursor.ts";
import { Id, Next, pageBy, Text, Time, yesNo } from "../http/schema.ts";

/** The longest that an emergency access lasts; minutes. */
export const LONGEST = 60;

const EXAMPLE = {
  notification_id: "0195a1f0-5c00-7000-8000-000000000001",
  reason: "Patient collapsed in the lobby; their ward's potassium alert is needed at once.",
  minutes: 30,
};

/** One notification, or a whole inbox in a territory; and why. */
export const Opening = z
  .strictObject({
    notification_id: z.uuid().optional(),
    user_id: Id.optional().describe("Whose inbox, with `territory_id`, in place of one notification"),
    territory_id: Id.optional(),
    reason: Text.min(10).max(1_000).describe("In your own words; those who review it read it"),
    minutes: z.int().min(1).max(LONGEST).default(LONGEST),
  })
  .refine(
    ({ notification_id, user_id, territory_id }) =>
      (notification_id === undefined) === (user_id !== undefined) &&
      (user_id === undefined) === (territory_id === undefined),
    { path: ["notification_id"], error: "must be given, or user_id and territory_id" },
  )
  .meta({ id: "EmergencyOpening", examples: [EXAMPLE] });
export type Opening = z.infer<typeof Opening>;

export const VERDICTS = ["justified", "unjustified"] as const;

/** An access, as its person and those who review it see it. */
export const EmergencyAccess = z
  .object({
    emergency_access_id: z.uuid(),
    user_id: z.string().describe("Who opened it"),
    name: z.string().describe("What they are called"),
    territory_id: z.string(),
    territory_name: z.string(),
    recipient_id: z.string().describe("Whose inbox it is"),
    recipient_name: z.string(),
    notification_id: z.uuid().nullable().describe("Null: the whole inbox in that territory"),
    reason: z.string(),
    opened_at: Time,
    expires_at: Time,
    reviewed_at: Time.nullable(),
    reviewed_by: z.string().nullable(),
    reviewer_name: z.string().nullable(),
    verdict: z.enum(VERDICTS).nullable(),
    review: z.string().nullable(),
  })
  .meta({
    id: "EmergencyAccess",
    examples: [
      {
        emergency_access_id: "0195a1f0-5c00-7000-8000-0000000000e1",
        user_id: "a.example",
        name: "A. Example",
        territory_id: "west-hospital",
        territory_name: "West Hospital",
        recipient_id: "b.example",
        recipient_name: "B. Example",
        notification_id: EXAMPLE.notification_id,
        reason: EXAMPLE.reason,
        opened_at: "2026-02-03T09:30:00.000Z",
        expires_at: "2026-02-03T10:00:00.000Z",
        reviewed_at: null,
        reviewed_by: null,
        reviewer_name: null,
        verdict: null,
        review: null,
      },
    ],
  });
export type EmergencyAccess = z.infer<typeof EmergencyAccess>;

export const EmergencyQuery = pageBy(ByTime).extend({
  reviewed: yesNo.optional().describe("Those that were reviewed, or those that wait for it"),
});
export const EmergencyList = z.object({ emergency_accesses: z.array(EmergencyAccess), next: Next });

/** The newest notifications that the access opens; 100 at most. */
export const Opened = z.object({ notifications: z.array(Notification) });

export const EmergencyReveal = z
  .strictObject({ notification_id: z.uuid() })
  .meta({ id: "EmergencyReveal", examples: [{ notification_id: EXAMPLE.notification_id }] });

/** How somebody else judges an access. */
export const Review = z
  .strictObject({ verdict: z.enum(VERDICTS), review: Text.max(1_000) })
  .meta({ id: "EmergencyReview", examples: [{ verdict: "justified", review: "Seen with the ward." }] });
