import { ById, Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { ConfirmedChange, PendingChangeList } from "./schema.ts";

/** The calls under /api/changes: what one admin asked for and another has to confirm. */
export const changes = {
  list: route({
    method: "GET",
    path: "/api/changes",
    id: "listChanges",
    tag: "Administration",
    summary:
      "Changes that wait for another admin, the first asked for first; 500 at most, as many of each who asked",
    caller: "admin",
    answers: { 200: { body: PendingChangeList } },
  }),
  confirm: route({
    method: "POST",
    path: "/api/changes/{id}/confirm",
    id: "confirmChange",
    tag: "Administration",
    summary: "Confirm a change that another admin asked for",
    caller: "admin",
    params: ById,
    body: Nothing,
    optionalBody: true,
    confirmed: "always",
    answers: { 200: { body: ConfirmedChange } },
    problems: ["not-found", "conflict"],
  }),
  withdraw: route({
    method: "DELETE",
    path: "/api/changes/{id}",
    id: "withdrawChange",
    tag: "Administration",
    summary: "Take a change back, or refuse it where it is about somebody else",
    caller: "admin",
    params: ById,
    confirmed: "always",
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
