import { z } from "zod";
import { CATEGORIES, DELIVERY_STATUSES, PRIORITIES } from "../../channels/contract.ts";
import type { DeliveryDto, DeliveryEventDto } from "../../channels/contract.ts";
import { ByTime } from "../http/cursor.ts";
import { Next, pageBy, Time } from "../http/schema.ts";

/** A day (whole, UTC) or a moment. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const day = /^\d{4}-\d{2}-\d{2}$/;
const DAY = 86_400_000;

/** Filters of the delivery history; `to` given as a day includes that day. */
export const DeliveriesQuery = pageBy(ByTime).extend({
  territory: z.string().max(200).optional(),
  channel: z.string().max(50).optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  from: moment
    .transform((value) => new Date(value))
    .optional()
    .describe("A day (UTC) or a time"),
  to: moment
    .transform((value) => (day.test(value) ? new Date(Date.parse(value) + DAY) : new Date(value)))
    .optional()
    .describe("A day (UTC), which is included, or a time"),
});
export type DeliveriesQuery = z.infer<typeof DeliveriesQuery>;

export const Delivery = z
  .object({
    delivery_id: z.uuid(),
    notification_id: z.uuid(),
    user_id: z.string(),
    territory_id: z.string(),
    category: z.enum(CATEGORIES),
    priority: z.enum(PRIORITIES),
    channel: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    reason: z.string().nullable().describe("Why it was not made, failed or is unknown"),
    attempts: z.int(),
    held_until: Time.nullable().describe("Until when the recipient's quiet hours hold it"),
    redelivery_of: z.uuid().nullable().describe("The delivery that this one repeats, or whose place it took"),
    created_at: Time,
    at: Time,
  })
  .meta({
    id: "Delivery",
    examples: [
      {
        delivery_id: "0195a1f0-5c01-7000-8000-000000000002",
        notification_id: "0195a1f0-5c00-7000-8000-000000000001",
        user_id: "a.example",
        territory_id: "west-hospital",
        category: "patient_alert",
        priority: "critical",
        channel: "websocket",
        status: "delivered",
        reason: null,
        attempts: 1,
        held_until: null,
        redelivery_of: null,
        created_at: "2026-02-03T09:30:00.000Z",
        at: "2026-02-03T09:30:01.000Z",
      },
    ],
  }) satisfies z.ZodType<DeliveryDto>;

export const DeliveryEvent = z
  .object({
    delivery_id: z.uuid().nullable().describe("Null where the event concerns the whole notification"),
    channel: z.string().nullable(),
    at: Time,
    status: z.string(),
    reason: z.string().nullable(),
    attempt: z.int().nullable(),
  })
  .meta({
    id: "DeliveryEvent",
    examples: [
      {
        delivery_id: "0195a1f0-5c01-7000-8000-000000000002",
        channel: "websocket",
        at: "2026-02-03T09:30:01.000Z",
        status: "delivered",
        reason: null,
        attempt: 1,
      },
    ],
  }) satisfies z.ZodType<DeliveryEventDto>;

export const DeliveryList = z.object({ deliveries: z.array(Delivery), next: Next });

/** One notification's deliveries and events. */
export const Timeline = z.object({
  deliveries: z.array(Delivery),
  events: z.array(DeliveryEvent),
  archived_until: Time.meta({ examples: ["2026-01-01T00:00:00.000Z"] })
    .optional()
    .describe("Events before this time are in an archive, no longer here"),
  joined: z
    .uuid()
    .meta({ examples: ["0195a1f0-5c00-7000-8000-000000000001"] })
    .optional()
    .describe("The alert that this send joined by its `dedup_key`; the deliveries and events are that one's"),
  closed: z
    .object({ by: z.string(), reason: z.string() })
    .meta({ examples: [{ by: "b.sample", reason: "Handled at the bedside" }] })
    .optional()
    .describe("Who ended the alert unacknowledged, and why, redacted; for supervisors of its territory"),
  metadata: z
    .record(z.string(), z.string())
    .optional()
    .describe("What the sender gave along: for the key that sent it alone, until the original is destroyed"),
});
