import { Server as TlsServer } from "node:https";
import { createGateway } from "../channels/websocket/gateway.ts";
import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { Admission } from "../node/admission.ts";
import type { Channels } from "../node/channels.ts";
import { createFetchCalendar } from "../node/calendars/fetch.ts";
import type { CriticalStarts } from "../node/critical-starts.ts";
import type { Loop } from "../node/every.ts";
import type { Metrics } from "../node/metrics.ts";
import type { Precedence } from "../node/precedence.ts";
import type { Starter } from "../node/starter.ts";
import type { Size } from "../node/size.ts";
import type { Steadiness } from "../node/steadiness.ts";
import type { OnStop } from "../node/stop.ts";
import type { Stores } from "../node/stores.ts";
import type { Redactor } from "../redaction/index.ts";
import { createLinks } from "../store/crypto/links.ts";
import { openDatabase } from "../store/db/knex.ts";
import { createEmbedders, createKeyIds, isAmong } from "../store/people/key-ids.ts";
import { findService } from "../store/people/services.ts";
import { shareReads } from "../store/people/shared-reads.ts";
import { createCredentials } from "../store/people/credentials.ts";
import { createApp } from "./app.ts";
import { serveHealth } from "./health/port.ts";
import { startReminders } from "./emergency/reminders.ts";
import { startReasonRedaction } from "./emergency/redact-reasons.ts";
import { followCertificate, readCertificate } from "./http/certificate.ts";
import { createOutageWatch } from "./http/outage.ts";
import { createHttpServer, createHttpsServer, listen } from "./http/server.ts";
import { addressReader, networkOfAddress } from "./middleware/client.ts";
import { boundConnections } from "./middleware/connections.ts";
import { createRateLimits } from "./middleware/limits.ts";
import { createUnderWay } from "./middleware/under-way.ts";
import { createLookups } from "./middleware/lookups.ts";
import { createSite } from "./middleware/person.ts";
import { createInboxService } from "./notifications/inbox.ts";
import { startCompletionReminders } from "./notifications/reminders.ts";
import { createOwnSends } from "./notifications/own-sends.ts";
import { createWords } from "./notifications/words.ts";
import { createOversight } from "./oversight/oversight.ts";
import { createRealtimeAuth } from "./realtime/auth.ts";
import { createInboxStore } from "./realtime/store.ts";
import { createJudge } from "./passwords/judge.ts";
import { startAccountNotices } from "./users/account-notices.ts";
import { createNotices } from "./users/notices.ts";
import { createOidcClient } from "./sessions/oidc.ts";
import { createCeremony } from "./passkeys/ceremony.ts";
import { startSubscriptions } from "./on-call/subscriptions.ts";
import { startWebhookNotices } from "./webhooks/notices.ts";
import { createDevices } from "./sessions/devices.ts";
import { createEntrance } from "./sessions/entrance.ts";
import { createHashing } from "./sessions/hashing.ts";
import { createVisitors } from "./sessions/visitors.ts";

/** How long a call that is under way may take to end once the node drains; ms. */
const GRACE = 5_000;

interface ServeDeps extends Stores, Channels {
  size: Size;
  redactor: Redactor;
  starter: Starter;
  criticalStarts: CriticalStarts;
  precedence: Precedence;
  admission: Admission;
  backlog: Loop;
  verifier: Pick<Loop, "poke">;
  sinkIsLate: (() => boolean) | null;
  steadiness: Steadiness;
  metrics: Metrics;
  log: Logger;
}

/** Serves HTTP and the live channel; answers the address. @throws ListenError */
export async function serve(config: Config, parts: ServeDeps, onStop: OnStop): Promise<string> {
  const { knex, databaseUrl, bridge, channels, counters, metrics, log } = parts;
  const site = createSite(config.publicUrl, parts.secrets, config.tls !== null);
  if (site.secure && config.tls === null && config.trustedProxies.length === 0)
    log.warn(
      "PUBLIC_URL is https, so a proxy stands before this node, and TRUSTED_PROXY names none: all callers are counted as one",
    );
  const limits = createRateLimits(config.limits, counters);
  const ownSends = createOwnSends(parts);
  const notices = createNotices({ knex, channels, site, log });
  const oversight = createOversight({ knex, ownSends, notices, log });
  const credentials = createCredentials(parts.secrets);
  const reminders = startReminders({ knex, ownSends, log });
  onStop(() => reminders.stop());
  const redaction = startReasonRedaction({ ...parts, log });
  onStop(() => redaction.stop());
  const completion = startCompletionReminders({ knex, ownSends, bridge, log });
  onStop(() => completion.stop());
  const inbox = createInboxService({ ...parts, limits, oversight });
  const reads = openDatabase(databaseUrl, { max: parts.size.connections.sockets, serves: true });
  onStop(() => reads.destroy());
  metrics.watchPool("sockets", reads);
  const underWay = createUnderWay(parts.size.connections.work);
  const auth = createRealtimeAuth({ knex, databaseUrl, site, tickets: credentials.tickets, underWay, log });
  onStop(() => auth.close());
  const addressOf = addressReader(config.trustedProxies, log);
  // A connection of its own: one that waits for others says nothing of PostgreSQL.
  const asked = openDatabase(databaseUrl, { min: 1, max: 1, serves: true });
  onStop(() => asked.destroy());
  const whileAnswering = createOutageWatch(asked);
  const embedders = createEmbedders(knex);
  const store = createInboxStore({ knex, reads, inbox, underWay });
  const gateway = createGateway({
    bridge,
    inbox: {
      ...store,
      acknowledge: (person, id) => whileAnswering(store.acknowledge(person, id)),
      dismiss: (person, id) => whileAnswering(store.dismiss(person, id)),
    },
    auth: {
      ...auth,
      cookie: (request) => whileAnswering(auth.cookie(request)),
      ticket: (ticket, page) => whileAnswering(auth.ticket(ticket, page)),
    },
    log,
    origin: site.isOwnOrigin,
    embeds: (origin) => isAmong(embedders, origin),
    network: (request) => networkOfAddress(addressOf(request)),
    metrics: metrics.live,
  });
  let draining = false;
  const health = { sockets: () => gateway.sockets(), isDraining: () => draining };
  await serveHealth(config, { ...parts, ...health }, onStop);
  const webhookNotices = startWebhookNotices({ knex, ownSends, notices, log });
  onStop(() => webhookNotices.stop());
  const accountNotices = startAccountNotices({ knex, channels, log });
  onStop(() => accountNotices.stop());
  const fetchCalendar = createFetchCalendar({ privateHosts: config.channels.privateHosts, log });
  const subscriptions = startSubscriptions({ knex, vault: parts.vault, fetchCalendar, ownSends, log });
  onStop(() => subscriptions.stop());
  const devices = createDevices(parts.secrets, site);
  const visitors = createVisitors(parts.secrets, site, limits.greetings);
  const app = await createApp({
    ...parts,
    ...health,
    whileAnswering,
    site,
    inbox,
    intake: parts.precedence.intake,
    auditConfig: config.audit,
    sessionLimits: config.sessions,
    limits,
    hashing: createHashing(),
    judge: createJudge(limits),
    oversight,
    credentials,
    findKey: shareReads((key) => findService(parts.reserve, key)),
    keyIds: createKeyIds(parts.reserve),
    lookups: createLookups(limits),
    underWay,
    embedders,
    ownSends,
    words: createWords(parts),
    factorRule: config.secondFactor,
    notices,
    entrance: createEntrance({ ...parts, site, devices, visitors }),
    ceremony: await createCeremony(site, parts.secrets),
    messageBytes: config.messageBytes,
    addressOf,
    temporalUi: config.temporalUi && { url: config.temporalUi, namespace: config.temporal.namespace },
    oidc: config.oidc,
    oidcClient: config.oidc === null ? null : await createOidcClient(config.oidc),
    channelNames: () => channels.names(),
    privateHosts: config.channels.privateHosts,
    fetchCalendar,
    readCalendars: () => subscriptions.poke(),
    links: createLinks(parts.secrets, config.publicUrl?.origin ?? null),
  });
  const { tls } = config;
  const server = tls === null ? createHttpServer(app) : createHttpsServer(app, await readCertificate(tls));
  if (tls !== null && server instanceof TlsServer) {
    const following = followCertificate(server, tls, log);
    onStop(() => following.stop());
  }
  boundConnections(server, config.trustedProxies, log);
  gateway.attach(server);
  const port = await listen(server, config.port, config.host);
  onStop(async () => {
    draining = true;
    const closed = new Promise((resolve) => server.close(resolve));
    await gateway.drain();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), GRACE).unref();
    await closed;
  });
  return config.publicUrl?.origin ?? `${tls === null ? "http" : "https"}://localhost:${port}`;
}
