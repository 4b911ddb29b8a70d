import { z } from "zod";
import { ById, Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import {
  Broadcast,
  BroadcastBody,
  BroadcastSent,
  BulkBody,
  BulkSent,
  Cancelled,
  CancelledBroadcast,
  IdempotencyKey,
  SendBody,
  Sent,
} from "./schema.ts";

const Idempotency = z.object({ "Idempotency-Key": IdempotencyKey });
const Prefer = z
  .string()
  .optional()
  .describe("`wait=N` (seconds, at most 30): answer once the first attempts have ended (RFC 7240)")
  .meta({ examples: ["wait=10"] });

/** A thousand notifications, each as large as one may be on average; bytes. */
const MAX_BULK = 8_388_608;

/** The calls of the services that send. */
export const sends = {
  send: route({
    method: "POST",
    path: "/api/notifications/send",
    id: "send",
    tag: "Sending",
    summary: "Send a notification to a person; accepted means durable",
    caller: "service",
    headers: Idempotency.extend({ Prefer }),
    body: SendBody,
    takesIn: true,
    refusals: "notification.send",
    answers: {
      202: { body: Sent, headers: ["Location"], mayHave: ["Idempotency-Replayed", "Preference-Applied"] },
      200: { body: Sent, headers: ["Location", "Preference-Applied"], mayHave: ["Idempotency-Replayed"] },
    },
    problems: ["forbidden", "in-flight", "idempotency-key-reused"],
  }),
  sendBulk: route({
    method: "POST",
    path: "/api/notifications/send-bulk",
    id: "sendBulk",
    tag: "Sending",
    summary: "Send up to 1,000 at once; each is accepted or refused by itself, in order",
    caller: "service",
    headers: Idempotency,
    body: BulkBody,
    maxBody: MAX_BULK,
    takesIn: true,
    refusals: "notification.send",
    answers: { 202: { body: BulkSent } },
  }),
  broadcast: route({
    method: "POST",
    path: "/api/notifications/broadcast",
    id: "broadcast",
    tag: "Sending",
    summary: "Send to everybody of a territory, or to those with a role in it",
    caller: "service",
    headers: Idempotency,
    body: BroadcastBody,
    takesIn: true,
    refusals: "notification.send",
    answers: { 202: { body: BroadcastSent, headers: ["Location"], mayHave: ["Idempotency-Replayed"] } },
    problems: ["forbidden", "in-flight", "idempotency-key-reused"],
  }),
  readBroadcast: route({
    method: "GET",
    path: "/api/broadcasts/{id}",
    id: "readBroadcast",
    tag: "Sending",
    summary: "How far a broadcast has come",
    caller: "sender",
    params: ById,
    answers: { 200: { body: Broadcast } },
    problems: ["not-found"],
  }),
  cancelBroadcast: route({
    method: "POST",
    path: "/api/broadcasts/{id}/cancel",
    id: "cancelBroadcast",
    tag: "Sending",
    summary: "Take a broadcast back; the answer says how many people it had got to by then",
    caller: "sender",
    params: ById,
    body: Nothing,
    optionalBody: true,
    refusals: "broadcast.cancel",
    answers: { 200: { body: CancelledBroadcast } },
    problems: ["not-found"],
  }),
  cancel: route({
    method: "POST",
    path: "/api/notifications/{id}/cancel",

    id: "cancel",
    tag: "Sending",
    summary:
      "Take a send back, with its escalated copies; until somebody acted on it or was sent something outside",
    caller: "sender",
    params: ById,
    body: Nothing,
    optionalBody: true,
    refusals: "notification.cancel",
    answers: { 200: { body: Cancelled } },
    problems: ["not-found", "conflict"],
  }),
};
