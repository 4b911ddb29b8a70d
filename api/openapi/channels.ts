import { z } from "zod";
import { Code, ContactPoint, NewAddress } from "../contact-points/schema.ts";
import { NewPolicy, PoliciesQuery, Policy, PolicyChange } from "../escalation-policies/schema.ts";
import { OwnPreferences } from "../preferences/schema.ts";
import { Preferences } from "../../store/people/preferences.ts";
import { Delivery } from "./schemas.ts";
import type { Operation } from "./operation.ts";

/** The calls around channels: wishes, addresses, policies, and what providers report. */
export const channelOperations: Record<string, Operation> = {
  "GET /api/preferences": {
    summary: "What the person wants, beside the channels and categories there are",
    caller: "person",
    answers: { 200: OwnPreferences },
    problems: [401],
  },
  "PUT /api/preferences": {
    summary: "Replace the own preferences; critical notifications pass over them, on record",
    caller: "person",
    body: Preferences,
    answers: { 200: OwnPreferences },
    problems: [400, 401, 403, 413, 415, 422],
  },
  "GET /api/contact-points": {
    summary: "Where the channels reach the person",
    caller: "person",
    answers: { 200: z.object({ contact_points: z.array(ContactPoint) }) },
    problems: [401],
  },
  "PUT /api/contact-points/{channel}": {
    summary:
      "Give an address: a code is sent there, one a minute and five an hour; one verified before stays in use",
    caller: "person",
    body: NewAddress,
    answers: { 200: ContactPoint },
    problems: [400, 401, 403, 404, 413, 415, 422, 429, 503],
  },
  "POST /api/contact-points/{channel}/verify": {
    summary: "Give the code that came, within 10 minutes and five tries; the address is used from then on",
    caller: "person",
    body: Code,
    answers: { 200: ContactPoint },
    problems: [400, 401, 403, 404, 409, 413, 415, 422],
  },
  "DELETE /api/contact-points/{channel}": {
    summary: "Forget an address: the channel reaches the person no more",
    caller: "person",
    answers: { 204: null },
    problems: [401, 403, 404],
  },
  "POST /api/deliveries/{id}/redeliver": {
    summary: "Deliver once more by the same channel, under a new delivery; for supervisors, on record",
    caller: "person",
    answers: { 202: Delivery },
    problems: [400, 401, 403, 404, 409, 413, 415, 422],
  },
  "POST /api/channels/{name}/status": {
    summary: "A provider's report on its deliveries, up to 65,536 bytes, signed as the provider signs",
    caller: "anyone",
    answers: { 204: null },
    problems: [400, 401, 404, 413, 429, 500, 503],
  },
  "GET /api/escalation-policies": {
    summary:
      "Who is told next when nobody acknowledges: the policies of the supervised territories, newest first",
    caller: "person",
    query: PoliciesQuery,
    answers: { 200: z.object({ policies: z.array(Policy), next: z.string().nullable() }) },
    problems: [401, 403, 422],
  },
  "POST /api/escalation-policies": {
    summary: "Make a policy; the territory's default stands for critical notifications that name none",
    caller: "person",
    body: NewPolicy,
    answers: { 201: Policy },
    problems: [400, 401, 403, 409, 413, 415, 422],
  },
  "GET /api/escalation-policies/{id}": {
    summary: "One policy",
    caller: "person",
    answers: { 200: Policy },
    problems: [401, 403, 404],
  },
  "PATCH /api/escalation-policies/{id}": {
    summary: "Change a policy; what was sent before goes on by the rules that it began with",
    caller: "person",
    body: PolicyChange,
    answers: { 200: Policy },
    problems: [400, 401, 403, 404, 409, 413, 415, 422],
  },
  "DELETE /api/escalation-policies/{id}": {
    summary: "Delete a policy; sends that name it are refused from then on",
    caller: "person",
    answers: { 204: null },
    problems: [401, 403, 404],
  },
};
