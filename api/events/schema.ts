import { z } from "zod";
import { EVENT_TYPES } from "../../store/webhooks/events.ts";
import { Time } from "../http/schema.ts";

export const EventType = z.enum(EVENT_TYPES);

const EVENT = {
  type: "notification.acknowledged" as const,
  timestamp: "2026-02-03T09:31:12.000Z",
  data: {
    event_id: "4f0c3c52-3a1e-4a7e-9a57-0d8b8f1f3c11",
    seq: 42,
    notification_id: "0195a1f0-5c00-7000-8000-000000000001",
    escalated_from: null,
    send_id: "0195a1f0-5c00-7000-8000-000000000001",
    territory_id: "west-hospital",
    user_id: "a.example",
    delivery_id: null,
    channel: null,
    reason: null,
    step: null,
  },
};

/** An event as a webhook, a long poll and a stream have it. */
export const Event = z
  .object({
    type: EventType,
    timestamp: Time.describe("When it happened"),
    data: z.object({
      event_id: z.uuid().describe("The same each time it is sent; `webhook-id` of a webhook"),
      seq: z.int().describe("Its number among the service's events"),
      notification_id: z.uuid(),
      escalated_from: z.uuid().nullable().describe("Of a copy, the notification that was escalated"),
      send_id: z.uuid().describe("What the call that sent it answered"),
      territory_id: z.string(),
      user_id: z.string().nullable().describe("Whose notification it is; null: of a broadcast's alert"),
      delivery_id: z.uuid().nullable(),
      channel: z.string().nullable(),
      reason: z.string().nullable().describe("A code"),
      step: z.int().nullable().describe("Of an escalation, which step, from 1"),
    }),
  })
  .meta({ id: "Event", examples: [EVENT] });

const MOST = 200;

export const EventsQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("The `next` of the answer before; 0, or none: all that are kept"),
  limit: z.coerce.number().int().min(1).max(MOST).default(MOST),
});

export const EventsHeaders = z.object({
  Prefer: z
    .string()
    .optional()
    .describe("`wait=N` (seconds, at most 30): answer once there is an event (RFC 7240)")
    .meta({ examples: ["wait=30"] }),
  "Last-Event-ID": z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe("Of a stream: the number to go on after, where `after` is not given")
    .meta({ examples: ["41"] }),
});

export const EventList = z
  .object({
    events: z.array(Event),
    next: z.int().describe("`after` of the next call"),
    gap: z.boolean().describe("Events after the given number are missing: they are not kept any more"),
  })
  .meta({ id: "EventList", examples: [{ events: [EVENT], next: 42, gap: false }] });
