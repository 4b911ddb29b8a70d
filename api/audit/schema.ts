import { z } from "zod";
import { OUTCOMES } from "../../channels/contract.ts";
import { DeliveriesQuery } from "../deliveries/schema.ts";
import { pageBy, Next, Time } from "../http/schema.ts";

/** PostgreSQL's text holds any character but NUL. */
const term = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\0]*$/, "must not contain NUL");

/** The most events on a page, and in an export. A page has 50 by default, an export as many as it may. */
export const MAX_PAGE = 100;
export const MAX_EXPORT = 10_000;

/** Filters of the audit record: whole values; `to` given as a day includes that day. */
export const AuditQuery = pageBy(z.int().min(0)).extend({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_EXPORT)
    .optional()
    .describe("Up to 100, 50 unless given; as text/csv up to 10,000, all of them unless given"),
  actor: term.optional(),
  action: term.optional(),
  territory: term.optional(),
  object: term.optional(),
  outcome: z.enum(OUTCOMES).optional(),
  from: DeliveriesQuery.shape.from,
  to: DeliveriesQuery.shape.to,
});
export type AuditQuery = z.infer<typeof AuditQuery>;

/** One event of the record. */
export const AuditEvent = z
  .object({
    event_id: z.int(),
    at: Time,
    actor: z.string(),
    action: z.string(),
    outcome: z.string(),
    territory_id: z.string().nullable(),
    object_id: z.string().nullable(),
    payload: z.record(z.string(), z.unknown()),
    sealed: z.boolean().describe("Whether a signed checkpoint holds it"),
  })
  .meta({
    id: "AuditEvent",
    examples: [
      {
        event_id: 4711,
        at: "2026-02-03T09:30:00.000Z",
        actor: "user:a.example",
        action: "notification.acknowledge",
        outcome: "ok",
        territory_id: "west-hospital",
        object_id: "0195a1f0-5c00-7000-8000-000000000001",
        payload: {},
        sealed: true,
      },
    ],
  });
export type AuditEvent = z.infer<typeof AuditEvent>;

/** How far the record is sealed. `npm run audit:verify` tells whether it still is as it was sealed. */
export const AuditSeal = z
  .object({
    checkpoint: z.int().nullable().describe("Number of the newest checkpoint; null before the first"),
    sealed_at: Time.nullable(),
    hash: z.string().nullable().describe("Hex; an anchor file has the same hash under this number"),
    public_key: z.string().nullable().describe("The signer's public key: raw, in base64"),
    genuine: z.boolean().nullable().describe("Whether the newest checkpoint fits its hash and signature"),
    lag_seconds: z
      .int()
      .describe("Age of the oldest event that is not sealed yet, in seconds; 0 when all are"),
  })
  .meta({
    id: "AuditSeal",
    examples: [
      {
        checkpoint: 12,
        sealed_at: "2026-02-03T09:30:05.000Z",
        hash: "9f".repeat(32),
        public_key: "MCowBQYDK2VwAyEA",
        genuine: true,
        lag_seconds: 0,
      },
    ],
  });
export type AuditSeal = z.infer<typeof AuditSeal>;

/** One page of the record, newest first, and how far the record is sealed. */
export const AuditPage = z.object({ events: z.array(AuditEvent), next: Next, seal: AuditSeal });
export type AuditPage = z.infer<typeof AuditPage>;
