import { ProviderUrl } from "../invitations/schema.ts";
import { Nothing } from "../http/schema.ts";
import { route } from "../http/route.ts";
import {
  BySession,
  Confirmation,
  Credentials,
  OwnSessionList,
  SessionTimes,
  SignedInProfile,
} from "./schema.ts";

/** The calls under /api/sessions: signing in and out, who is signed in and for how long. */
export const sessions = {
  signIn: route({
    method: "POST",
    path: "/api/sessions",
    id: "signIn",
    tag: "Sessions",
    summary: "Sign in",
    caller: "anyone",
    byPassword: true,
    body: Credentials,
    answers: { 201: { body: SignedInProfile, cookie: "always" } },
    problems: [
      "unauthorized",
      "code-required",
      "passkey-required",
      "sign-in-code-wrong",
      "forbidden",
      "too-many",
      "unavailable",
    ],
  }),
  read: route({
    method: "GET",
    path: "/api/sessions",
    id: "readSession",
    tag: "Sessions",
    summary: "Who is signed in, and until when",
    caller: "person",
    whileLimited: true,
    answers: { 200: { body: SignedInProfile } },
  }),
  extend: route({
    method: "POST",
    path: "/api/sessions/extend",
    id: "extendSession",
    tag: "Sessions",
    summary: "Stay signed in: the idle time starts again",
    caller: "person",
    whileLimited: true,
    body: Nothing,
    optionalBody: true,
    answers: { 200: { body: SessionTimes } },
  }),
  confirm: route({
    method: "POST",
    path: "/api/sessions/confirm",
    id: "confirmSession",
    tag: "Sessions",
    summary:
      "Show the password, or a code of the authenticator, again, for what asks for it within 10 minutes",
    caller: "person",
    whileLimited: true,
    body: Confirmation,
    answers: { 204: {} },
    problems: ["forbidden", "conflict", "code-wrong", "too-many"],
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
    answers: { 204: { cookie: "sometimes", mayHave: ["Clear-Site-Data"] } },
    problems: ["not-found"],
  }),
  signOut: route({
    method: "DELETE",
    path: "/api/sessions",
    id: "signOut",
    tag: "Sessions",
    summary:
      "Sign out; the browser forgets what it kept of this site. Answers where to go on to sign out at the OpenID provider too, for who signed in there",
    caller: "person",
    whileLimited: true,
    answers: {
      200: { body: ProviderUrl, cookie: "always", headers: ["Clear-Site-Data"] },
      204: { cookie: "always", headers: ["Clear-Site-Data"] },
    },
  }),
};
