import { route } from "../http/route.ts";
import { Methods } from "./schema.ts";

/** The calls for signing in at the site's OpenID provider. */
export const oidc = {
  methods: route({
    method: "GET",
    path: "/api/sessions/methods",
    id: "listSignInMethods",
    tag: "Sessions",
    summary: "The ways to sign in",
    caller: "anyone",
    answers: { 200: { body: Methods } },
  }),
  begin: route({
    method: "GET",
    path: "/api/sessions/oidc",
    id: "beginOidc",
    tag: "Sessions",
    summary: "Sign in at the OpenID provider: leads the browser there",
    caller: "anyone",
    answers: { 302: { headers: ["Location"], cookie: "always" } },
    problems: ["not-found", "unavailable"],
  }),
  callback: route({
    method: "GET",
    path: "/api/sessions/oidc/callback",
    id: "finishOidc",
    tag: "Sessions",
    summary: "Where the OpenID provider leads back to; leads on to the dashboard, or to /sign-in?problem=…",
    caller: "anyone",
    answers: { 302: { headers: ["Location"], cookie: "always" } },
    problems: ["not-found", "too-many", "unavailable"],
  }),
};
