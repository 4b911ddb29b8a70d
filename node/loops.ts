import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import { startSink } from "./audit-sink.ts";
import { startBacklog } from "./backlog.ts";
import type { Channels } from "./channels.ts";
import type { CriticalStarts } from "./critical-starts.ts";
import type { Loop } from "./every.ts";
import type { Metrics } from "./metrics.ts";
import type { Precedence } from "./precedence.ts";
import { startPartitions } from "./partitions.ts";
import { startRelay } from "./relay.ts";
import { startSealer } from "./sealer.ts";
import { startExpiry } from "./session-expiry.ts";
import { startShredder } from "./shredder.ts";
import { watchParts } from "./parts.ts";
import { createSteadiness, type Steadiness, watchSteadiness } from "./steadiness.ts";
import { watchState } from "./state.ts";
import { startVerifier } from "./verifier.ts";
import { startAnnouncer } from "./webhooks/announcer.ts";
import type { Starter } from "./starter.ts";
import type { OnStop } from "./stop.ts";
import type { Stores } from "./stores.ts";

/**
 * Starts the loops that every node runs; answers that of the backlog, which is poked when sends come in bulk, that of the
 * verifier, which is poked when an auditor asks, whether the audit record's sink is late, null where there is none, and which
 * services come and go.
 */
export async function startLoops(
  config: Config,
  {
    knex,
    reserve,
    vault,
    bridge,
    starter,
    criticalStarts,
    precedence: { starts },
    metrics,
    log,
  }: Pick<Stores, "knex" | "reserve" | "vault"> &
    Pick<Channels, "bridge"> & {
      starter: Starter;
      criticalStarts: CriticalStarts;
      precedence: Precedence;
      metrics: Metrics;
      log: Logger;
    },
  onStop: OnStop,
): Promise<{ backlog: Loop; verifier: Loop; sinkIsLate: (() => boolean) | null; steadiness: Steadiness }> {
  const keep = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    onStop(() => part.stop());
    return part;
  };
  keep(startRelay({ knex, starter, starts, criticalStarts, bridge, metrics, log }));
  const backlog = keep(startBacklog({ knex, starter, starts, metrics, log }));
  keep(startShredder({ knex, metrics, log }));
  keep(startPartitions({ knex, metrics, log }));
  watchState(knex, metrics.registry);
  const services = { knex, starter, bridge };
  watchParts(services, metrics.registry);
  const steadiness = createSteadiness();
  keep(watchSteadiness(steadiness, services));
  metrics.watchPool("work", knex);
  metrics.watchPool("reserve", reserve);
  keep(await startSealer({ knex, config: config.audit, log, registry: metrics.registry }));
  const verifier = keep(startVerifier({ knex, config: config.audit, log }));
  const { privateHosts } = config.channels;
  keep(startAnnouncer({ knex, vault, bridge, privateHosts, log, registry: metrics.registry }));
  const { sink } = config.audit;
  const sent = sink === null ? null : keep(startSink(sink, { knex, log, registry: metrics.registry }));
  if (config.role !== "worker") keep(startExpiry({ knex, limits: config.sessions, log }));
  return { backlog, verifier, sinkIsLate: sent?.isLate ?? null, steadiness };
}
