import { ById } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { Original } from "../notifications/schema.ts";
import {
  EmergencyAccess,
  EmergencyList,
  EmergencyQuery,
  EmergencyReveal,
  Opened,
  Opening,
  Review,
} from "./schema.ts";

/** The calls under /api/emergency-accesses (45 CFR 164.312(a)(2)(ii)). */
export const emergency = {
  open: route({
    method: "POST",
    path: "/api/emergency-accesses",
    id: "openEmergencyAccess",
    tag: "Emergency",
    summary:
      "Open a notification or an inbox that is not one's own, in an emergency; its territory's supervisors and privacy officer are told at once",
    caller: "person",
    confirmed: "always",
    refusals: "emergency.open",
    body: Opening,
    answers: { 201: { body: EmergencyAccess, headers: ["Location"] } },
    problems: ["forbidden", "not-found", "too-many"],
  }),
  list: route({
    method: "GET",
    path: "/api/emergency-accesses",
    id: "listEmergencyAccesses",
    tag: "Emergency",
    summary: "One's own, and those of the territories that one reviews; the newest first",
    caller: "person",
    query: EmergencyQuery,
    answers: { 200: { body: EmergencyList } },
  }),
  read: route({
    method: "GET",
    path: "/api/emergency-accesses/{id}/notifications",
    id: "readEmergencyAccess",
    tag: "Emergency",
    summary: "The notifications that one's own access opens, redacted, while it lasts",
    caller: "person",
    params: ById,
    answers: { 200: { body: Opened } },
    problems: ["forbidden", "not-found", "gone"],
  }),
  reveal: route({
    method: "POST",
    path: "/api/emergency-accesses/{id}/reveal",
    id: "revealInEmergency",
    tag: "Emergency",
    summary: "Read an original that one's own access opens, on record",
    caller: "person",
    params: ById,
    body: EmergencyReveal,
    answers: { 200: { body: Original } },
    problems: ["forbidden", "not-found", "gone"],
  }),
  review: route({
    method: "POST",
    path: "/api/emergency-accesses/{id}/review",
    id: "reviewEmergencyAccess",
    tag: "Emergency",
    summary: "Close the review of somebody else's access",
    caller: "person",
    confirmed: "always",
    params: ById,
    body: Review,
    answers: { 204: {} },
    problems: ["not-found", "conflict"],
  }),
};
