import { z } from "zod";
import { EVENT_TYPES } from "../../store/webhooks/events.ts";
import { EventType } from "../events/schema.ts";
import { Next, pageBy, Time } from "../http/schema.ts";
import { ByTime } from "../http/cursor.ts";

const LONGEST_URL = 2_000;

/** An address to post to: nothing in it that would be sent in clear, or by another way. */
const Address = z
  .url({ protocol: /^https?$/ })
  .max(LONGEST_URL)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && url.username === "" && url.password === "" && url.hash === "";
  }, "must hold no user name, password or fragment")
  .describe("HTTPS; plain HTTP to hosts in CHANNEL_PRIVATE_HOSTS alone");
const Types = z
  .array(EventType)
  .min(1)
  .max(EVENT_TYPES.length)
  .transform((types) => [...new Set(types)])
  .describe("The events that are sent");

const SERVICE = "5f0c7a52-3a1e-4a7e-9a57-0d8b8f1f3c11";
const URL_EXAMPLE = "https://lab.west.example/tocsin";

export const NewWebhook = z
  .strictObject({ service_id: z.uuid(), url: Address, types: Types.default([...EVENT_TYPES]) })
  .meta({
    id: "NewWebhook",
    examples: [{ service_id: SERVICE, url: URL_EXAMPLE, types: ["notification.acknowledged"] }],
  });
export type NewWebhook = z.output<typeof NewWebhook>;
export const WebhookChange = z
  .strictObject({
    url: Address.optional(),
    types: Types.optional(),
    disabled: z.boolean().optional().describe("false: begins anew, with what waited since"),
  })
  .meta({ id: "WebhookChange", examples: [{ types: ["notification.exhausted", "notification.failed"] }] });
export type WebhookChange = z.output<typeof WebhookChange>;
export const SecretRotation = z
  .strictObject({
    overlap_hours: z
      .number()
      .min(0)
      .max(720)
      .default(24)
      .describe("How long messages are signed with the old secret too; 0 ends it at once"),
  })
  .meta({ id: "SecretRotation", examples: [{ overlap_hours: 48 }] });
export const WebhooksQuery = pageBy(ByTime).extend({ service: z.uuid().optional() });

const WEBHOOK = {
  webhook_id: "0195a1f0-5c00-7000-8000-00000000000e",
  service_id: SERVICE,
  url: URL_EXAMPLE,
  types: ["notification.acknowledged" as const],
  state: "live" as const,
  failing_since: null,
  disabled_at: null,
  disabled_reason: null,
  created_at: "2026-01-05T08:00:00.000Z",
  secrets: [{ created_at: "2026-01-05T08:00:00.000Z", expires_at: null }],
};

export const Webhook = z
  .object({
    webhook_id: z.uuid(),
    service_id: z.uuid(),
    url: z.string(),
    types: z.array(EventType),
    state: z.enum(["live", "failing", "disabled"]),
    failing_since: Time.nullable().describe("Since when every attempt has failed"),
    disabled_at: Time.nullable(),
    disabled_reason: z
      .enum(["failing", "gone", "by_admin"])
      .nullable()
      .describe("`failing`: for three days; `gone`: it answered 410"),
    created_at: Time,
    secrets: z
      .array(z.object({ created_at: Time, expires_at: Time.nullable() }))
      .describe("Those that sign messages now, the newest first"),
  })
  .meta({ id: "Webhook", examples: [WEBHOOK] });
export type Webhook = z.output<typeof Webhook>;
export const WebhookWithSecret = Webhook.extend({
  secret: z.string().describe("`whsec_…`, shown this once"),
}).meta({
  id: "WebhookWithSecret",
  examples: [{ ...WEBHOOK, secret: "whsec_c2VjcmV0IG9mIDMyIGJ5dGVzLCBzaG93biBvbmNlLg==" }],
});
export const WebhookList = z.object({ webhooks: z.array(Webhook), next: Next });

export const PingResult = z
  .object({
    delivered: z.boolean(),
    code: z.string().nullable().describe("Why it was not: `http_<status>`, `timeout`, `private_address` …"),
    ms: z.int().describe("How long it took"),
  })
  .meta({ id: "PingResult", examples: [{ delivered: true, code: null, ms: 84 }] });

/** A place in a list that is ordered by number, the newest first. */
const BySeq = z.tuple([z.int().min(0)]);
export const WebhookDeliveriesQuery = pageBy(BySeq).extend({
  status: z.literal("failed").optional().describe("Those alone that were given up"),
});
export type WebhookDeliveriesQuery = z.output<typeof WebhookDeliveriesQuery>;
export const WebhookDelivery = z
  .object({
    delivery_id: z.uuid(),
    event_id: z.uuid().describe("`webhook-id`"),
    seq: z.int(),
    type: EventType,
    notification_id: z.uuid(),
    status: z.enum(["queued", "delivered", "failed"]),
    attempts: z.int(),
    code: z.string().nullable().describe("How the last attempt failed"),
    next_attempt_at: Time.nullable(),
    delivered_at: Time.nullable(),
    at: Time.describe("When the event happened"),
  })
  .meta({
    id: "WebhookDelivery",
    examples: [
      {
        delivery_id: "7d0c3c52-3a1e-4a7e-9a57-0d8b8f1f3c11",
        event_id: "4f0c3c52-3a1e-4a7e-9a57-0d8b8f1f3c11",
        seq: 42,
        type: "notification.acknowledged",
        notification_id: "0195a1f0-5c00-7000-8000-000000000001",
        status: "queued",
        attempts: 2,
        code: "http_503",
        next_attempt_at: "2026-02-03T09:36:12.000Z",
        delivered_at: null,
        at: "2026-02-03T09:31:12.000Z",
      },
    ],
  });
export type WebhookDelivery = z.output<typeof WebhookDelivery>;
export const WebhookDeliveryList = z.object({ deliveries: z.array(WebhookDelivery), next: Next });
export const ByWebhookDelivery = z.object({ id: z.uuid(), delivery: z.uuid() });
