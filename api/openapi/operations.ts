import { z } from "zod";
import { AuditQuery } from "../audit/schema.ts";
import { DeliveriesQuery } from "../deliveries/schema.ts";
import { BroadcastBody, BulkBody, InboxQuery, SendBody, Snooze } from "../notifications/schema.ts";
import { Trial, TrialResult } from "../redactions/schema.ts";
import { Credentials, OwnSession, SessionTimes } from "../sessions/schema.ts";
import { adminOperations } from "./admin.ts";
import { secondFactorOperations } from "./second-factor.ts";
import { channelOperations } from "./channels.ts";
import type { Operation } from "./operation.ts";
import {
  AuditEvent,
  AuditSeal,
  Broadcast,
  Delivery,
  DeliveryEvent,
  Notification,
  Part,
  ProblemDocument,
  Profile,
  Sent,
} from "./schemas.ts";

const list = <T extends z.ZodType>(name: string, item: T) =>
  z.object({ [name]: z.array(item), next: z.string().nullable() });
const act = (summary: string, problems: number[] = []): Operation => ({
  summary,
  caller: "person",
  answers: { 200: Notification },
  problems: [400, 401, 403, 404, 413, 415, 422, ...problems],
});

const IDEMPOTENCY = "The same key and body get the first answer again; kept at least 24 h, per service";

/** Every call of the API, by method and path. */
export const operations: Record<string, Operation> = {
  "POST /api/notifications/send": {
    summary: "Send a notification to a person; accepted means durable",
    caller: "service",
    headers: {
      "Idempotency-Key": IDEMPOTENCY,
      Prefer: "wait=N (seconds, at most 30): answer once the first attempts have ended",
    },
    body: SendBody,
    answers: { 200: Sent, 202: Sent },
    problems: [400, 401, 403, 409, 413, 415, 422, 429, 503],
  },
  "POST /api/notifications/send-bulk": {
    summary: "Send up to 1,000 at once; each is accepted or refused by itself, in order",
    caller: "service",
    headers: { "Idempotency-Key": IDEMPOTENCY },
    body: BulkBody.extend({ notifications: z.array(SendBody).min(1).max(1_000) }),
    answers: { 202: z.object({ results: z.array(z.union([Sent, z.object({ problem: ProblemDocument })])) }) },
    problems: [400, 401, 413, 415, 422, 429, 503],
  },
  "POST /api/notifications/broadcast": {
    summary: "Send to everybody of a territory, or to those with a role in it",
    caller: "service",
    headers: { "Idempotency-Key": IDEMPOTENCY },
    body: BroadcastBody,
    answers: { 202: z.object({ broadcast_id: z.uuid(), status: z.literal("sent") }) },
    problems: [400, 401, 403, 409, 413, 415, 422, 429, 503],
  },
  "GET /api/broadcasts/{id}": {
    summary: "How far a broadcast has come, for the service that sent it",
    caller: "service",
    answers: { 200: Broadcast },
    problems: [401, 404],
  },
  "POST /api/notifications/{id}/cancel": {
    summary: "Take a send back; only while nothing has been sent",
    caller: "service",
    answers: { 200: z.object({ status: z.literal("cancelled") }) },
    problems: [400, 401, 404, 409, 413, 415, 422],
  },
  "GET /api/notifications": {
    summary: "The own inbox, newest first",
    caller: "person",
    query: InboxQuery,
    answers: { 200: list("notifications", Notification) },
    problems: [401, 422],
  },
  "GET /api/notifications/{id}": {
    summary: "One notification of the own inbox",
    caller: "person",
    answers: { 200: Notification },
    problems: [401, 404],
  },
  "POST /api/notifications/{id}/read": act("Mark as read"),
  "POST /api/notifications/{id}/acknowledge": act("Acknowledge: say that one acts on it", [409]),
  "POST /api/notifications/{id}/dismiss": act("Dismiss; a critical one must be acknowledged first", [409]),
  "POST /api/notifications/{id}/snooze": {
    ...act("Hide until later; escalation does not wait", [409]),
    body: Snooze,
  },
  "POST /api/notifications/{id}/reveal": {
    ...act(
      "What the sender wrote, unredacted, until its territory has it destroyed; each call is on record",
      [410],
    ),
    answers: { 200: z.object({ title: z.string().nullable(), message: z.string() }) },
  },
  "GET /api/notifications/{id}/deliveries": {
    summary: "What became of a notification: for its recipient, its sender, and supervisors",
    caller: "either",
    answers: { 200: z.object({ deliveries: z.array(Delivery), events: z.array(DeliveryEvent) }) },
    problems: [401, 404],
  },
  "GET /api/deliveries": {
    summary: "The delivery history of the supervised territories, newest first; as text/csv too",
    caller: "person",
    query: DeliveriesQuery,
    answers: { 200: list("deliveries", Delivery) },
    problems: [401, 403, 422],
  },
  "GET /api/audit": {
    summary:
      "The audit record, newest first, for auditors; as text/csv too, up to 10,000 events; each reading is on record",
    caller: "person",
    query: AuditQuery,
    answers: { 200: list("events", AuditEvent).extend({ seal: AuditSeal }) },
    problems: [401, 403, 422],
  },
  "POST /api/redactions": {
    summary: "Try what would be taken out of a text; nothing of it is kept",
    caller: "person",
    body: Trial,
    answers: { 200: TrialResult },
    problems: [400, 401, 403, 413, 415, 422, 503],
  },
  "POST /api/sessions": {
    summary: "Sign in",
    caller: "anyone",
    body: Credentials,
    answers: { 201: Profile.extend(SessionTimes.shape) },
    problems: [400, 401, 403, 413, 415, 422, 429, 503],
  },
  "GET /api/sessions": {
    summary: "Who is signed in, and until when",
    caller: "person",
    answers: { 200: Profile.extend(SessionTimes.shape) },
    problems: [401],
  },
  "DELETE /api/sessions": {
    summary: "Sign out",
    caller: "person",
    answers: { 204: null },
    problems: [401, 403],
  },
  "POST /api/sessions/extend": {
    summary: "Stay signed in: the idle time starts again",
    caller: "person",
    answers: { 200: SessionTimes },
    problems: [400, 401, 403, 413, 415, 422],
  },
  "GET /api/sessions/methods": {
    summary: "The ways to sign in",
    caller: "anyone",
    answers: { 200: z.object({ password: z.boolean(), oidc: z.boolean() }) },
    problems: [],
  },
  "GET /api/sessions/oidc": {
    summary: "Sign in at the OpenID provider: leads the browser there",
    caller: "anyone",
    answers: { 302: null },
    problems: [404, 503],
  },
  "GET /api/sessions/oidc/callback": {
    summary: "Where the OpenID provider leads back to; leads on to the dashboard, or to /sign-in?problem=…",
    caller: "anyone",
    answers: { 302: null },
    problems: [404, 429],
  },
  "GET /api/sessions/own": {
    summary: "The own sessions that are open, the last used first",
    caller: "person",
    answers: { 200: z.object({ sessions: z.array(OwnSession) }) },
    problems: [401],
  },
  "DELETE /api/sessions/{id}": {
    summary: "End one of the own sessions, on this or another device",
    caller: "person",
    answers: { 204: null },
    problems: [401, 403, 404],
  },
  "POST /api/realtime/tickets": {
    summary: "A ticket for one live connection of a client without cookies; single use, 30 s",
    caller: "person",
    answers: { 201: z.object({ ticket: z.string(), expires_in: z.int() }) },
    problems: [401, 403],
  },
  "GET /api/channels": {
    summary: "The channels, and how each one is",
    caller: "person",
    answers: {
      200: z.object({
        channels: z.array(
          z.object({
            name: z.string(),
            state: z.string(),
            detail: z.string().nullable(),
            phi: z.enum(["redacted", "none"]).describe("What it gets to see of a notification"),
            checked_at: z.string().nullable(),
          }),
        ),
      }),
    },
    problems: [401],
  },
  ...channelOperations,
  "GET /api/diagnostics": {
    summary: "How each part of the system is",
    caller: "person",
    answers: { 200: z.record(z.string(), Part) },
    problems: [401],
  },
  ...adminOperations,
  ...secondFactorOperations,
  "GET /healthz": {
    summary: "The process lives",
    caller: "anyone",
    answers: { 200: z.object({ status: z.string() }) },
    problems: [],
  },
  "GET /readyz": {
    summary: "The node can serve",
    caller: "anyone",
    answers: { 200: z.object({ status: z.string(), parts: z.record(z.string(), z.string()) }) },
    problems: [503],
  },
  "GET /metrics": {
    summary: "Counters for Prometheus",
    caller: "anyone",
    answers: { 200: z.string() },
    problems: [],
  },
  "GET /api/openapi.json": {
    summary: "This document",
    caller: "anyone",
    answers: { 200: z.looseObject({}) },
    problems: [],
  },
  "GET /api/docs": {
    summary: "This document, to read",
    caller: "anyone",
    answers: { 200: z.string() },
    problems: [],
  },
};
