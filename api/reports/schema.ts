import { z } from "zod";
import { DELIVERY_STATUSES } from "../../channels/contract.ts";
import { isZone } from "../../on-call/zone.ts";
import { GivenTime, Time } from "../http/schema.ts";

/** How long a time a report may be about; days: five years. */
export const MOST_DAYS = 5 * 366;

export const GROUPS = ["territory", "category", "hour"] as const;
export type Group = (typeof GROUPS)[number];

/** The time and the place that a report is about. */
export const Range = z.strictObject({
  territory: z.string().min(1).max(200).optional().describe("All that are supervised unless given"),
  from: GivenTime.default(() => new Date(Date.now() - 28 * 86_400_000)).describe(
    "What was sent from then on; 28 days ago unless given",
  ),
  to: GivenTime.default(() => new Date()).describe(
    `And before then, now unless given; ${MOST_DAYS} days after at most. It is read a month at a time`,
  ),
  zone: z
    .string()
    .max(64)
    // By name: PostgreSQL takes +05:00 for what lies west.
    .refine(isZone, "is not a time zone")
    .default("UTC"),
});
export type Range = z.output<typeof Range>;

const BY_HOUR = "hour: of the day, by the clock of `zone`";

export const AcknowledgementQuery = Range.extend({
  by: z.enum(GROUPS).default("category").describe(BY_HOUR),
});
export type AcknowledgementQuery = z.output<typeof AcknowledgementQuery>;

const Quantiles = z
  .object({ reached: z.int(), p50: z.number().nullable(), p90: z.number().nullable() })
  .describe("How many came so far, and the seconds from the sending until they did");

/** Alerts of one group. */
export const AcknowledgementRow = z.object({
  group: z.string().describe("The territory, the category, or the hour"),
  alerts: z.int().describe("Alerts that somebody had to acknowledge"),
  escalated: z.int().describe("Those of which a step told others"),
  delivered: Quantiles.describe("To the first device or by the first channel that said so"),
  seen: Quantiles.describe("By the first person"),
  acknowledged: Quantiles.describe("By the first person"),
  within_target: z
    .number()
    .nullable()
    .describe("Share of those acknowledged within their category's target; null where it has none"),
});
export type AcknowledgementRow = z.output<typeof AcknowledgementRow>;

const SOME = { reached: 40, p50: 12.5, p90: 61.2 };

export const AcknowledgementReport = z
  .object({ from: Time, to: Time, rows: z.array(AcknowledgementRow) })
  .meta({
    id: "AcknowledgementReport",
    examples: [
      {
        from: "2026-02-01T00:00:00.000Z",
        to: "2026-03-01T00:00:00.000Z",
        rows: [
          {
            group: "patient_alert",
            alerts: 42,
            escalated: 5,
            delivered: SOME,
            seen: SOME,
            acknowledged: SOME,
            within_target: 0.93,
          },
        ],
      },
    ],
  });

export const LOAD_GROUPS = ["role", ...GROUPS] as const;
export type LoadGroup = (typeof LOAD_GROUPS)[number];

export const LoadQuery = Range.extend({
  by: z
    .enum(LOAD_GROUPS)
    .default("role")
    .describe(`role: what the recipient is in the territory now, "none" for who has left; ${BY_HOUR}`),
});
export type LoadQuery = z.output<typeof LoadQuery>;

/** What came to the people of one group, and what they did with it. */
export const LoadRow = z.object({
  group: z.string().describe("The role, the territory, the category, or the hour"),
  people: z.int().describe("Those whom something came to"),
  arrived: z.int().describe("Notifications in their inboxes, copies of alerts included"),
  critical: z.int().describe("Those of them that were critical"),
  acknowledged: z.int().describe("By the recipient, not in their place"),
  dismissed_unread: z.int().describe("Dismissed by somebody who had not opened them"),
  escalated: z.int().describe("Alerts to them of which a step told others"),
});
export type LoadRow = z.output<typeof LoadRow>;

export const LoadReport = z.object({ from: Time, to: Time, rows: z.array(LoadRow) }).meta({
  id: "LoadReport",
  examples: [
    {
      from: "2026-02-01T00:00:00.000Z",
      to: "2026-03-01T00:00:00.000Z",
      rows: [
        {
          group: "clinician",
          people: 14,
          arrived: 1_904,
          critical: 61,
          acknowledged: 70,
          dismissed_unread: 1_102,
          escalated: 9,
        },
      ],
    },
  ],
});

/** Offline apart from what else was not sent: it waits in the inbox. */
export const OUTCOMES = [...DELIVERY_STATUSES, "offline"] as const;

/** Deliveries by one channel that ended alike. */
export const VolumeRow = z.object({
  channel: z.string(),
  outcome: z
    .enum(OUTCOMES)
    .describe("offline: skipped, since the recipient had no live connection; it waits in the inbox"),
  deliveries: z.int(),
});
export type VolumeRow = z.output<typeof VolumeRow>;

export const VolumeReport = z.object({ from: Time, to: Time, rows: z.array(VolumeRow) }).meta({
  id: "VolumeReport",
  examples: [
    {
      from: "2026-02-01T00:00:00.000Z",
      to: "2026-03-01T00:00:00.000Z",
      rows: [{ channel: "sms", outcome: "delivered" as const, deliveries: 312 }],
    },
  ],
});
