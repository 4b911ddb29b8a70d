import { z } from "zod";
import { CATEGORIES, DELIVERY_STATUSES, PRIORITIES } from "../../channels/contract.ts";
import type { DeliveryDto, DeliveryEventDto } from "../../channels/contract.ts";
import { ByMoment, cursorOf } from "../http/cursor.ts";
import { GivenMoment, Next, pageBy, Time } from "../http/schema.ts";

/** A day (whole, UTC) or a moment. */
const moment = z.union([z.iso.date(), GivenMoment]);
const day = /^\d{4}-\d{2}-\d{2}$/;
const DAY = 86_400_000;

/** Filters of the delivery history; `to` given as a day includes that day. */
export const DeliveriesQuery = pageBy(ByMoment).extend({
  id: z.uuid().optional().describe("Of a delivery, or of a notification whose deliveries are wanted"),
  territory: z.string().max(200).optional(),
  recipient: z.string().max(200).optional().describe("A person's id"),
  category: z.enum(CATEGORIES).optional(),
  priority: z.enum(PRIORITIES).optional(),
  acknowledged: z
    .enum(["yes", "no"])
    .optional()
    .describe("no: somebody has to acknowledge it, and nobody did so far"),
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

const EXAMPLE = {
  delivery_id: "0195a1f0-5c01-7000-8000-000000000002",
  notification_id: "0195a1f0-5c00-7000-8000-000000000001",
  user_id: "a.example",
  territory_id: "west-hospital",
  category: "patient_alert" as const,
  priority: "critical" as const,
  channel: "websocket",
  status: "delivered" as const,
  reason: null,
  attempts: 1,
  held_until: null,
  redelivery_of: null,
  stand_down: null,
  created_at: "2026-02-03T09:30:00.000Z",
  at: "2026-02-03T09:30:01.000Z",
};

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
    stand_down: z
      .enum(["taken", "resolved", "replaced", "cancelled", "expired", "closed"])
      .nullable()
      .describe("It tells that nothing is left to do about what `redelivery_of` brought: how that ended"),
    created_at: Time,
    at: Time,
  })
  .meta({
    id: "Delivery",
    examples: [EXAMPLE],
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

/** A delivery in the history, with what supervisors ask of its notification. */
export const HistoryDelivery = Delivery.extend({
  name: z
    .string()
    .nullable()
    .describe("What the recipient is called; null once they have left the territory"),
  acknowledged_after: z
    .number()
    .nullable()
    .describe("Seconds from the sending until the acknowledgement; null where there is none"),
  waits: z.boolean().describe("Somebody has to acknowledge it, and nobody did so far"),
  redeliverable: z
    .boolean()
    .describe(
      "Delivering it once more makes sense: it is open, the channel is on, and it may not have arrived or waits",
    ),
}).meta({
  id: "HistoryDelivery",
  examples: [
    { ...EXAMPLE, name: "A. Example", acknowledged_after: 42.5, waits: false, redeliverable: false },
  ],
});
export type HistoryDelivery = z.output<typeof HistoryDelivery>;

export const DeliveryList = z.object({ deliveries: z.array(HistoryDelivery), next: Next });

/** Of a timeline, the events before the place where a page of it ended: the number of an event. */
export const TimelineQuery = z.strictObject({
  cursor: cursorOf(z.tuple([z.int().min(0)]))
    .optional()
    .describe("The `earlier` of the page before"),
});

/** One notification's deliveries and events. */
export const Timeline = z.object({
  deliveries: z.array(Delivery),
  events: z.array(DeliveryEvent).describe("The newest 1,000, or those before `cursor`, the oldest first"),
  earlier: z
    .string()
    .meta({ examples: ["WzQ3MTFd"] })
    .optional()
    .describe("The cursor of earlier events, where there are more"),
  archived_until: Time.meta({ examples: ["2026-01-01T00:00:00.000Z"] })
    .optional()
    .describe("Events before this time are in an archive, no longer here"),
  joined: z
    .uuid()
    .meta({ examples: ["0195a1f0-5c00-7000-8000-000000000001"] })
    .optional()
    .describe("The alert that this send joined by its `dedup_key`; the deliveries and events are that one's"),
  digest: z
    .uuid()
    .meta({ examples: ["0195a1f0-5c00-7000-8000-000000000002"] })
    .optional()
    .describe("The digest in which it comes; the deliveries are that one's, and its events are among these"),
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
