import { z } from "zod";
import { route } from "../http/route.ts";
import { yesNo } from "../http/schema.ts";
import { Joining, ProviderUrl } from "../invitations/schema.ts";
import { Methods } from "./schema.ts";

/** `again`: the provider asks who it is also where somebody is signed in there, so that the session counts as confirmed. */
const Begin = z.strictObject({ again: yesNo.default(false) });

/** The calls for signing in at the site's OpenID provider. */
export const oidc = {
  methods: route({
    method: "GET",
    path: "/api/sessions/methods",
    id: "listSignInMethods",
    tag: "Sessions",
    summary: "The ways to sign in",
    caller: "anyone",
    answers: { 200: { body: Methods, cookie: "sometimes" } },
  }),
  begin: route({
    method: "GET",
    path: "/api/sessions/oidc",
    id: "beginOidc",
    tag: "Sessions",
    summary: "Sign in at the OpenID provider: leads the browser there",
    caller: "anyone",
    query: Begin,
    answers: { 302: { headers: ["Location"], cookie: "always" } },
    problems: ["not-found", "unavailable"],
  }),
  join: route({
    method: "POST",
    path: "/api/invitations/oidc",
    id: "joinOidc",
    tag: "Sessions",
    summary: "Have an invitation join one's account at the OpenID provider: answers the address to go on to",
    caller: "anyone",
    body: Joining,
    answers: { 200: { body: ProviderUrl, cookie: "always" } },
    problems: ["forbidden", "not-found", "gone", "too-many", "unavailable"],
  }),
  callback: route({
    method: "GET",
    path: "/api/sessions/oidc/callback",
    id: "finishOidc",
    tag: "Sessions",
    summary: "Where the OpenID provider leads back to; leads on to the dashboard, or to /sign-in?problem=…",
    caller: "anyone",
    // The provider's own: what a client doesn't know of it, it has to ignore (RFC 6749, 4.1.2).
    query: z.looseObject({}),
    answers: { 302: { headers: ["Location"], cookie: "always" } },
    problems: ["not-found", "too-many", "unavailable"],
  }),
};
