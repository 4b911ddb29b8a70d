import { z } from "zod";
import type { BroadcastProgress } from "../notifications/broadcast.ts";
import type { AuditEventDto, SealDto } from "../audit/present.ts";
import { CATEGORIES, DELIVERY_STATUSES, NOTIFICATION_STATUSES, PRIORITIES } from "../../channels/contract.ts";
import type { DeliveryDto, DeliveryEventDto, NotificationDto } from "../../channels/contract.ts";

const time = z.iso.datetime();

/** What the API answers with, described; `satisfies` holds the descriptions to the types that are sent. */
export const Notification = z.object({
  notification_id: z.uuid(),
  seq: z.int(),
  user_id: z.string(),
  territory_id: z.string(),
  category: z.enum(CATEGORIES),
  priority: z.enum(PRIORITIES),
  title: z.string().nullable(),
  message: z.string().describe("Redacted"),
  status: z.enum(NOTIFICATION_STATUSES),
  created_at: time,
  expires_at: time.nullable(),
  snoozed_until: time.nullable(),
  read_at: time.nullable(),
  acknowledged_at: time.nullable(),
  dismissed_at: time.nullable(),
  escalated_from: z.uuid().nullable(),
}) satisfies z.ZodType<NotificationDto>;

export const Delivery = z.object({
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
  redelivery_of: z.uuid().nullable().describe("The delivery that this one repeats, or whose place it took"),
  created_at: time,
  at: time,
}) satisfies z.ZodType<DeliveryDto>;

export const DeliveryEvent = z.object({
  delivery_id: z.uuid().nullable(),
  channel: z.string().nullable(),
  at: time,
  status: z.string(),
  reason: z.string().nullable(),
  attempt: z.int().nullable(),
}) satisfies z.ZodType<DeliveryEventDto>;

export const AuditEvent = z.object({
  event_id: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  outcome: z.string(),
  territory_id: z.string().nullable(),
  object_id: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
  sealed: z.boolean().describe("Whether a signed checkpoint holds it"),
}) satisfies z.ZodType<AuditEventDto>;

export const AuditSeal = z.object({
  checkpoint: z.int().nullable(),
  sealed_at: time.nullable(),
  hash: z.string().nullable(),
  public_key: z.string().nullable(),
  genuine: z.boolean().nullable().describe("Whether the newest checkpoint fits its hash and signature"),
  lag_seconds: z.int().describe("Age of the oldest event that is not sealed yet"),
}) satisfies z.ZodType<SealDto>;

export const Sent = z.object({
  notification_id: z.uuid(),
  status: z.literal("sent"),
  deliveries: z.array(Delivery).optional().describe("With Prefer: wait only"),
});

export const Broadcast = z.object({
  broadcast_id: z.uuid(),
  status: z.enum(["sent", "completed"]),
  recipients: z.int(),
  persisted: z.int(),
  delivered: z.int(),
}) satisfies z.ZodType<BroadcastProgress>;

export const Profile = z.object({
  user_id: z.string(),
  name: z.string(),
  email: z.string(),
  memberships: z.array(z.object({ territory_id: z.string(), territory_name: z.string(), role: z.string() })),
  roles: z.array(z.string()),
});

export const Part = z.object({ state: z.enum(["up", "down"]), detail: z.string() });

export const ProblemDocument = z.object({
  type: z.string().describe("Stable: urn:tocsin:problem:<slug>"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
