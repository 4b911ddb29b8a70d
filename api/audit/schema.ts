import { z } from "zod";
import { OUTCOMES } from "../../channels/contract.ts";
import { Proof as ProofDocument } from "../../store/audit/proof-document.ts";
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
  person: term
    .optional()
    .describe(
      "A person's id: what they did, what was done to them, and their sign-ins, which `sign-in` writes. Name a time too where the record is long",
    ),
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

/** Filters of an export, which has no bound. */
export const ExportQuery = AuditQuery.omit({ limit: true, cursor: true }).extend({
  cursor: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe("The last `event_id` that arrived, where an export broke off: it goes on behind that one"),
});
export type ExportQuery = z.infer<typeof ExportQuery>;

/** A verification of the whole record. */
export const Verification = z
  .object({
    verification_id: z.uuid(),
    asked_by: z.object({ user_id: z.string(), name: z.string() }),
    asked_at: Time,
    checkpoints: z.int().describe("Checkpoints that were compared so far"),
    checkpoints_in_all: z.int().nullable().describe("How many there are; null until that is known"),
    events: z.int().describe("Events that those hold"),
    finished_at: Time.nullable(),
    outcome: z
      .enum(["whole", "altered", "unknown"])
      .nullable()
      .describe("As it was sealed; not as it was sealed; or it can't be told, and `reason` says why"),
    reason: z.enum(["no_key", "no_archives", "too_long", "failed"]).nullable(),
    findings: z
      .array(z.object({ checkpoint: z.int().nullable(), what: z.string() }))
      .describe("Differences, the first 100"),
    unsealed: z
      .int()
      .nullable()
      .describe("Events after the newest checkpoint, of which nothing can be said yet"),
    anchored_up_to: z
      .int()
      .nullable()
      .describe(
        "The newest checkpoint of the node's anchor file; null without one: a cut-off end goes unnoticed",
      ),
  })
  .meta({
    id: "Verification",
    examples: [
      {
        verification_id: "0195a1f0-5c00-7000-8000-000000000001",
        asked_by: { user_id: "c.example", name: "C. Example" },
        asked_at: "2026-02-03T09:30:00.000Z",
        checkpoints: 12,
        checkpoints_in_all: 12,
        events: 4711,
        finished_at: "2026-02-03T09:30:02.000Z",
        outcome: "whole",
        reason: null,
        findings: [],
        unsealed: 3,
        anchored_up_to: 12,
      },
    ],
  });
export type Verification = z.infer<typeof Verification>;

export const LatestVerification = z.object({
  verification: Verification.nullable().describe("null before the first"),
});

const SOME_HASH = "a".repeat(64);
const SOME_SIGNATURE = `${"A".repeat(86)}==`;

/** A proof of delivery, as it is written. */
export const Proof = ProofDocument.meta({
  id: "Proof",
  examples: [
    {
      format: "tocsin-proof-1",
      notification_id: "0195a1f0-5c00-7000-8000-000000000001",
      about: ["0195a1f0-5c00-7000-8000-000000000001"],
      made_at: "2026-02-03T09:40:00.000Z",
      not_sealed: [],
      events: [
        {
          event_id: 4711,
          epoch: 1,
          xid: "1024",
          at: "1770111000.000000",
          territory_id: "west-hospital",
          actor: "user:a.example",
          action: "notification.acknowledge",
          outcome: "ok",
          object_id: "0195a1f0-5c00-7000-8000-000000000001",
          payload: "{}",
          leaf: SOME_HASH,
          checkpoint: 1,
          index: 0,
          path: [SOME_HASH],
        },
      ],
      checkpoints: [
        {
          checkpoint: 1,
          epoch: 1,
          lo: "0",
          hi: "1030",
          count: 2,
          root: SOME_HASH,
          previous: "0".repeat(64),
          created_at: "2026-02-03T09:30:10.000Z",
          hash: SOME_HASH,
          signature: SOME_SIGNATURE,
          key_id: "0123456789abcdef",
        },
      ],
      keys: [{ key_id: "0123456789abcdef", public_key: `${"A".repeat(43)}=` }],
      signature: { key_id: "0123456789abcdef", value: SOME_SIGNATURE },
    },
  ],
});
