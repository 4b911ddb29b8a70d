import Koa from "koa";
import helmet from "koa-helmet";
import type { Router } from "koa-router";
import type { OidcSettings } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { Metrics } from "../node/metrics.ts";
import { auditRoutes } from "./audit/routes.ts";
import { channelRoutes, type ChannelRouteDeps } from "./channels/routes.ts";
import { contactRoutes } from "./contact-points/routes.ts";
import { dashboard } from "./dashboard.ts";
import { deliveryRoutes } from "./deliveries/routes.ts";
import { problems } from "./http/errors.ts";
import { policyRoutes } from "./escalation-policies/routes.ts";
import type { HealthDeps } from "./health/checks.ts";
import { healthRoutes } from "./health/routes.ts";
import { clientAddress } from "./middleware/client.ts";
import { type RateLimits, rateLimits } from "./middleware/limits.ts";
import { soundUrl } from "./middleware/url.ts";
import { observe } from "./middleware/observe.ts";
import { notificationRoutes, type NotificationDeps } from "./notifications/routes.ts";
import { type SendDeps, sendRoutes } from "./notifications/sends.ts";
import { openApiRoutes } from "./openapi/routes.ts";
import { realtimeRoutes } from "./realtime/routes.ts";
import { keyRoutes } from "./keys/routes.ts";
import { serviceRoutes } from "./services/routes.ts";
import { territoryRoutes } from "./territories/routes.ts";
import { userRoutes } from "./users/routes.ts";
import { preferenceRoutes } from "./preferences/routes.ts";
import { oidcRoutes } from "./sessions/oidc-routes.ts";
import { secondFactorRoutes } from "./sessions/second-factor.ts";
import { type RedactionDeps, redactionRoutes } from "./redactions/routes.ts";
import { sessionRoutes, type SessionDeps } from "./sessions/routes.ts";

export interface AppDeps
  extends SendDeps, NotificationDeps, RedactionDeps, HealthDeps, ChannelRouteDeps, SessionDeps {
  log: Logger;
  metrics: Metrics;
  limits: RateLimits;
  trustedProxies: string[];
  oidc: OidcSettings | null;
  isDraining: () => boolean;
}

/** The HTTP application: middleware in reading order, then a router a resource, then the dashboard. */
export async function createApp(deps: AppDeps): Promise<Koa> {
  const app = new Koa();
  app.silent = true;
  app.use(observe(deps.log, deps.metrics));
  app.use(problems(deps.log));
  app.use(
    helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } } }),
  );
  app.use(soundUrl());
  app.use(clientAddress(deps.trustedProxies));
  app.use(rateLimits(deps.limits));
  for (const router of routers(deps)) app.use(router.routes()).use(router.allowedMethods());
  app.use(await dashboard());
  return app;
}

/** Every route there is. */
export function routers(deps: AppDeps): Router[] {
  return [
    sendRoutes(deps),
    notificationRoutes(deps),
    deliveryRoutes(deps),
    auditRoutes(deps),
    sessionRoutes(deps),
    oidcRoutes(deps),
    secondFactorRoutes(deps),
    realtimeRoutes(deps),
    territoryRoutes(deps),
    userRoutes(deps),
    serviceRoutes(deps),
    keyRoutes(deps),
    preferenceRoutes(deps),
    contactRoutes(deps),
    policyRoutes(deps),
    channelRoutes(deps),
    redactionRoutes(deps),
    openApiRoutes(),
    healthRoutes({ ...deps, metrics: deps.metrics.registry }),
  ];
}
