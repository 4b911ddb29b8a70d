import { alerts } from "./alerts/routes.ts";
import { answers } from "./answers/routes.ts";
import { audit } from "./audit/routes.ts";
import { availability } from "./availability/routes.ts";
import { board } from "./board/routes.ts";
import { changes } from "./changes/routes.ts";
import { channels } from "./channels/routes.ts";
import { contactPoints } from "./contact-points/routes.ts";
import { deliveries } from "./deliveries/routes.ts";
import { devices } from "./devices/routes.ts";
import { emergency } from "./emergency/routes.ts";
import { events } from "./events/routes.ts";
import { policies } from "./escalation-policies/routes.ts";
import { failedWork } from "./failed-work/routes.ts";
import { health } from "./health/routes.ts";
import type { Route } from "./http/route.ts";
import { invitations } from "./invitations/routes.ts";
import { keys } from "./keys/routes.ts";
import { inbox } from "./notifications/routes.ts";
import { sends } from "./notifications/send-routes.ts";
import { description } from "./openapi/routes.ts";
import { onCall } from "./on-call/routes.ts";
import { passkeys } from "./passkeys/routes.ts";
import { passwords } from "./passwords/routes.ts";
import { preferences } from "./preferences/routes.ts";
import { realtime } from "./realtime/routes.ts";
import { redactions } from "./redactions/routes.ts";
import { reports } from "./reports/routes.ts";
import { scim } from "./scim/routes.ts";
import { services } from "./services/routes.ts";
import { oidc } from "./sessions/oidc-routes.ts";
import { sessions } from "./sessions/routes.ts";
import { secondFactor } from "./sessions/second-factor-routes.ts";
import { subjectTokens } from "./subject-tokens/routes.ts";
import { territories } from "./territories/routes.ts";
import { topics } from "./topics/routes.ts";
import { trials } from "./trials/routes.ts";
import { unanswered } from "./unanswered/routes.ts";
import { users } from "./users/routes.ts";
import { walls } from "./walls/routes.ts";
import { webhooks } from "./webhooks/routes.ts";
import { whatIf } from "./what-if/routes.ts";

/** Every resource with its routes. The router, the OpenAPI document and the role matrix are made of these. */
export const resources = {
  sends,
  alerts,
  events,
  inbox,
  deliveries,
  board,
  unanswered,
  failedWork,
  reports,
  emergency,
  audit,
  sessions,
  oidc,
  secondFactor,
  passkeys,
  passwords,
  realtime,
  subjectTokens,
  territories,
  users,
  invitations,
  changes,
  walls,
  services,
  keys,
  webhooks,
  scim,
  preferences,
  contactPoints,
  devices,
  policies,
  whatIf,
  onCall,
  topics,
  availability,
  channels,
  answers,
  redactions,
  description,
  health,
  trials,
};

/** Every route there is. */
export const routes: Route[] = Object.values(resources).flatMap((resource): Route[] =>
  Object.values(resource),
);
