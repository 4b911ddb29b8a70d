import { route } from "../http/route.ts";
import { ByChannel, ContactPoint, ContactPointList, ContactCode, NewAddress } from "./schema.ts";

/** The calls under /api/contact-points. */
export const contactPoints = {
  list: route({
    method: "GET",
    path: "/api/contact-points",
    id: "listContactPoints",
    tag: "Preferences",
    summary: "The addresses at which the channels reach the person",
    caller: "person",
    answers: { 200: { body: ContactPointList } },
  }),
  set: route({
    method: "PUT",
    path: "/api/contact-points/{channel}",
    id: "setContactPoint",
    tag: "Preferences",
    summary:
      "Give an address: a code is sent there, at most one a minute and five an hour; an address verified before stays in use",
    caller: "person",
    confirmed: "always",
    params: ByChannel,
    body: NewAddress,
    answers: { 200: { body: ContactPoint } },
    problems: ["not-found", "too-many"],
  }),
  verify: route({
    method: "POST",
    path: "/api/contact-points/{channel}/verify",
    id: "verifyContactPoint",
    tag: "Preferences",
    summary:
      "Give the code that was sent, within 10 minutes and five tries; the address is used from then on",
    caller: "person",
    params: ByChannel,
    body: ContactCode,
    answers: { 200: { body: ContactPoint } },
    problems: ["not-found", "conflict"],
  }),
  remove: route({
    method: "DELETE",
    path: "/api/contact-points/{channel}",
    id: "removeContactPoint",
    tag: "Preferences",
    summary: "Forget an address: the channel no longer reaches the person",
    caller: "person",
    params: ByChannel,
    confirmed: "always",
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
