import { z } from "zod";
import { DedupKey } from "../notifications/schema.ts";
import { Time } from "../http/schema.ts";

/** A path's dedup key, percent-encoded where it holds a slash. */
export const ByDedupKey = z.object({ dedup_key: DedupKey });

export const Resolve = z
  .strictObject({
    territory_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Where the problem is over; every territory of the key unless given"),
  })
  .meta({ id: "Resolve", examples: [{ territory_id: "west-hospital" }] });

export const Resolved = z
  .object({
    status: z.literal("resolved"),
    alerts: z
      .array(z.object({ notification_id: z.uuid(), territory_id: z.string(), resolved_at: Time }))
      .describe("The key's alert in each territory, and what is on its way with the key"),
  })
  .meta({
    id: "Resolved",
    examples: [
      {
        status: "resolved",
        alerts: [
          {
            notification_id: "0195a1f0-5c00-7000-8000-000000000001",
            territory_id: "west-hospital",
            resolved_at: "2026-02-03T14:12:00.000Z",
          },
        ],
      },
    ],
  });
