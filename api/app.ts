import type { IncomingMessage } from "node:http";
import Koa from "koa";
import helmet from "koa-helmet";
import type { OidcSettings } from "../config/oidc.ts";
import type { Logger } from "../config/log.ts";
import type { Metrics } from "../node/metrics.ts";
import { type LinkDeps, linkHandlers } from "./answers/handlers.ts";
import { type AlertDeps, alertHandlers } from "./alerts/handlers.ts";
import { type AuditDeps, auditHandlers } from "./audit/handlers.ts";
import { boardHandlers } from "./board/handlers.ts";
import { changeHandlers } from "./changes/handlers.ts";
import { type ChannelDeps, channelHandlers } from "./channels/handlers.ts";
import { contactHandlers } from "./contact-points/handlers.ts";
import { dashboard } from "./dashboard.ts";
import { embed } from "./embed.ts";
import { deviceHandlers } from "./devices/handlers.ts";
import { deliveryHandlers } from "./deliveries/handlers.ts";
import { type EmergencyDeps, emergencyHandlers } from "./emergency/handlers.ts";
import { type EventsDeps, eventHandlers } from "./events/handlers.ts";
import { policyHandlers } from "./escalation-policies/handlers.ts";
import { failedWorkHandlers } from "./failed-work/handlers.ts";
import type { HealthDeps } from "./health/checks.ts";
import { healthHandlers } from "./health/handlers.ts";
import { problems } from "./http/errors.ts";
import type { WhileAnswering } from "./http/outage.ts";
import { toRouter } from "./http/router.ts";
import { type InvitationDeps, invitationHandlers } from "./invitations/handlers.ts";
import { keyHandlers } from "./keys/handlers.ts";
import { clientAddress } from "./middleware/client.ts";
import { crossOrigin } from "./middleware/cross-origin.ts";
import type { RateLimits } from "./middleware/limits.ts";
import { noStore } from "./middleware/no-store.ts";
import { observe } from "./middleware/observe.ts";
import type { UnderWay } from "./middleware/under-way.ts";
import { traced } from "./middleware/trace.ts";
import { soundUrl } from "./middleware/url.ts";
import { type InboxDeps, inboxHandlers } from "./notifications/handlers.ts";
import type { InboxService } from "./notifications/inbox.ts";
import { type SendDeps, sendHandlers } from "./notifications/sends.ts";
import { type AvailabilityHandlerDeps, availabilityHandlers } from "./availability/handlers.ts";
import { type OnCallDeps, onCallHandlers } from "./on-call/handlers.ts";
import { descriptionHandlers } from "./openapi/handlers.ts";
import { passkeyHandlers, type PasskeyDeps } from "./passkeys/handlers.ts";
import { type PasswordDeps, passwordHandlers } from "./passwords/handlers.ts";
import { preferenceHandlers } from "./preferences/handlers.ts";
import { realtimeHandlers } from "./realtime/handlers.ts";
import { type RedactionDeps, redactionHandlers } from "./redactions/handlers.ts";
import { reportHandlers } from "./reports/handlers.ts";
import { resources, routes } from "./routes.ts";
import { scimAdminHandlers } from "./scim/handlers.ts";
import { type ScimDeps, useScim } from "./scim/protocol.ts";
import { serviceHandlers } from "./services/handlers.ts";
import type { Known } from "../store/people/key-ids.ts";
import type { OidcClient } from "./sessions/oidc.ts";
import { type SessionDeps, sessionHandlers } from "./sessions/handlers.ts";
import { oidcHandlers } from "./sessions/oidc-handlers.ts";
import { secondFactorHandlers } from "./sessions/second-factor.ts";
import { subjectTokenHandlers } from "./subject-tokens/handlers.ts";
import { territoryHandlers } from "./territories/handlers.ts";
import { topicHandlers } from "./topics/handlers.ts";
import { trialHandlers } from "./trials/handlers.ts";
import { unansweredHandlers } from "./unanswered/handlers.ts";
import { userHandlers } from "./users/handlers.ts";
import { type WallDeps, wallHandlers } from "./walls/handlers.ts";
import { webhookHandlers } from "./webhooks/handlers.ts";
import { whatIfHandlers } from "./what-if/handlers.ts";
import type { PingDeps } from "./webhooks/ping.ts";

export interface AppDeps
  extends
    SendDeps,
    AuditDeps,
    AlertDeps,
    InboxDeps,
    RedactionDeps,
    HealthDeps,
    ChannelDeps,
    SessionDeps,
    InvitationDeps,
    PasskeyDeps,
    PasswordDeps,
    OnCallDeps,
    AvailabilityHandlerDeps,
    EmergencyDeps,
    EventsDeps,
    ScimDeps,
    LinkDeps,
    WallDeps,
    PingDeps {
  inbox: InboxService;
  log: Logger;
  metrics: Metrics;
  limits: RateLimits;
  /** The address of a call's client. */
  addressOf: (request: IncomingMessage) => string;
  oidc: OidcSettings | null;
  oidcClient: OidcClient | null;
  isDraining: () => boolean;
  whileAnswering: WhileAnswering;
  underWay: UnderWay;
  /** Origins of pages of other systems that show inboxes. */
  embedders: Known;
}

/** What an answer of the API may have a browser do; the dashboard's pages say theirs. */
const NOTHING = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** The HTTP application: middleware in reading order, then the routes, then the dashboard. */
export async function createApp(deps: AppDeps): Promise<Koa> {
  const app = new Koa();
  app.silent = true;
  app.use(traced());
  app.use(observe(deps.log, deps.metrics));
  app.use(noStore());
  app.use(problems(deps.log));
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: NOTHING } }));
  app.use(soundUrl());
  app.use(clientAddress(deps.addressOf));
  app.use(crossOrigin(routes, deps));
  useScim(app, deps);
  const router = toRouter(deps, resources, {
    sends: sendHandlers(deps),
    alerts: alertHandlers(deps),
    events: eventHandlers(deps),
    inbox: inboxHandlers(deps),
    deliveries: deliveryHandlers(deps),
    board: boardHandlers(deps),
    unanswered: unansweredHandlers(deps),
    failedWork: failedWorkHandlers(deps),
    reports: reportHandlers(deps),
    emergency: emergencyHandlers(deps),
    audit: auditHandlers(deps),
    sessions: sessionHandlers(deps),
    oidc: oidcHandlers(deps),
    secondFactor: secondFactorHandlers(deps),
    passkeys: passkeyHandlers(deps),
    passwords: passwordHandlers(deps),
    realtime: realtimeHandlers(deps),
    subjectTokens: subjectTokenHandlers(deps),
    territories: territoryHandlers(deps),
    users: userHandlers(deps),
    invitations: invitationHandlers(deps),
    changes: changeHandlers(deps),
    walls: wallHandlers(deps),
    services: serviceHandlers(deps),
    keys: keyHandlers(deps),
    webhooks: webhookHandlers(deps),
    scim: scimAdminHandlers(deps),
    preferences: preferenceHandlers(deps),
    contactPoints: contactHandlers(deps),
    devices: deviceHandlers(deps),
    policies: policyHandlers(deps),
    whatIf: whatIfHandlers(deps),
    onCall: onCallHandlers(deps),
    topics: topicHandlers(deps),
    availability: availabilityHandlers(deps),
    channels: channelHandlers(deps),
    answers: linkHandlers(deps),
    redactions: redactionHandlers(deps),
    description: descriptionHandlers(),
    health: healthHandlers(deps),
    trials: trialHandlers(deps),
  });
  app.use(router.routes()).use(router.allowedMethods());
  app.use(embed());
  app.use(await dashboard());
  return app;
}
