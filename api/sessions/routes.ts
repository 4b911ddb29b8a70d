import { Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { BySession, Credentials, OwnSessionList, SessionTimes, SignedInProfile } from "./schema.ts";

/** The calls under /api/sessions: signing in and out, who is signed in and for how long. */
export const sessions = {
  signIn: route({
    method: "POST",
    path: "/api/sessions",
    id: "signIn",
    tag: "Sessions",
    summary: "Sign in",
    caller: "anyone",
    body: Credentials,
    answers: { 201: { body: SignedInProfile, cookie: "always" } },
    problems: ["unauthorized", "code-required", "sign-in-code-wrong", "forbidden", "too-many", "unavailable"],
  }),
  read: route({
    method: "GET",
    path: "/api/sessions",
    id: "readSession",
    tag: "Sessions",
    summary: "Who is signed in, and until when",
    caller: "person",
    answers: { 200: { body: SignedInProfile } },
  }),
  extend: route({
    method: "POST",
    path: "/api/sessions/extend",
    id: "extendSession",
    tag: "Sessions",
    summary: "Stay signed in: the idle time starts again",
    caller: "person",
    body: Nothing,
    optionalBody: true,
    answers: { 200: { body: SessionTimes } },
  }),
  list: route({
    method: "GET",
    path: "/api/sessions/own",
    id: "listSessions",
    tag: "Sessions",
    summary: "The own sessions that are open, the last used first",
    caller: "person",
    answers: { 200: { body: OwnSessionList } },
  }),
  end: route({
    method: "DELETE",
    path: "/api/sessions/{id}",
    id: "endSession",
    tag: "Sessions",
    summary: "End one of the own sessions, on this or another device",
    caller: "person",
    params: BySession,
    answers: { 204: { cookie: "sometimes" } },
    problems: ["not-found"],
  }),
  signOut: route({
    method: "DELETE",
    path: "/api/sessions",
    id: "signOut",
    tag: "Sessions",
    summary: "Sign out; the browser forgets what it kept of this site",
    caller: "person",
    answers: { 204: { cookie: "always", headers: ["Clear-Site-Data"] } },
  }),
};
