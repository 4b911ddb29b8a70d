import type { Knex } from "knex";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import type { Logger } from "../../config/log.ts";
import type { Vault } from "../../store/crypto/vault.ts";
import { derive, deriveLag, lookAhead } from "../../store/webhooks/derive.ts";
import { pruneEvents } from "../../store/webhooks/prune.ts";
import { countDisabled, webhookDelays } from "../../store/webhooks/queue.ts";
import { every, type Loop } from "../every.ts";
import { createReading } from "../reading.ts";
import { createDeriver } from "./deriver.ts";
import { createLanes } from "./lanes.ts";
import { createPoster, type PosterDeps } from "./post.ts";

/** How often a node looks for what became of notifications; ms. */
const EVERY = 1_000;
/** Events are kept for days, so this is soon enough; ms. */
const PRUNE_EVERY = 3_600_000;
const FIRST_PRUNE = 60_000;

export interface AnnouncerDeps extends PosterDeps {
  knex: Knex;
  vault: Vault;
  bridge: Pick<Bridge, "hintProgress">;
  log: Logger;
  registry: Registry;
}

/** Tells services what became of their notifications. Any number of nodes may run it. */
export function startAnnouncer(deps: AnnouncerDeps, ms = EVERY): Pick<Loop, "stop"> {
  const { knex, bridge, log, registry } = deps;
  const registers = [registry];
  const attempts = new Counter({
    name: "tocsin_webhook_attempts_total",
    help: "Attempts to bring an event to a webhook, by how they ended",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["delivered", "failed"]) attempts.inc({ outcome }, 0);
  const failures = new Counter({
    name: "tocsin_events_failures_total",
    help: "Rounds in which the events of services could not be made",
    registers,
  });
  watch(
    registry,
    "tocsin_events_lag_seconds",
    "Age of the oldest step of a notification that no service's events have yet",
    () => deriveLag(knex),
  );
  const delays = createReading(() => webhookDelays(knex));
  watch(
    registry,
    "tocsin_webhook_failing_seconds",
    "For how long every call of a webhook that is on has failed",
    async () => (await delays())?.failing ?? null,
  );
  watch(
    registry,
    "tocsin_webhook_overdue_seconds",
    "For how long an event is due to a webhook and no node has tried",
    async () => (await delays())?.overdue ?? null,
  );
  watch(registry, "tocsin_webhooks_disabled", "Webhooks that were disabled for their failures", () =>
    countDisabled(knex),
  );

  const lanes = createLanes({ ...deps, post: createPoster(deps), attempts });
  const deriver = createDeriver({
    lookAhead: () => lookAhead(knex),
    derive: (horizon) => derive(knex, horizon),
    onEvents: (services) => services.forEach((id) => bridge.hintProgress(id)),
  });
  const loops = [
    every(
      ms,
      async (stopping) => {
        await deriver.round(stopping).catch((err: unknown) => {
          failures.inc();
          log.warn({ err }, "the events of services could not be made; it is tried again");
        });
        await lanes.begin();
      },
      (err) => log.warn({ err }, "no webhook could be looked for; it is tried again"),
    ),
    every(
      PRUNE_EVERY,
      async (stopping) => {
        for (let more = true; more && !stopping.aborted;) more = await pruneEvents(knex);
      },
      (err) => log.warn({ err }, "old events could not be removed; it is tried again"),
      FIRST_PRUNE,
    ),
  ];
  return {
    stop: async () => {
      const stopped = loops.map((loop) => loop.stop());
      await lanes.stop();
      await Promise.all(stopped);
      // Whatever the last round had begun.
      await lanes.stop();
    },
  };
}

/** A gauge that is read with each scrape; while PostgreSQL is away it keeps its value. */
function watch(
  registry: Registry,
  name: `tocsin_${string}`,
  help: string,
  read: () => Promise<number | null>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read().catch(() => null);
      if (value !== null) this.set(value);
    },
  });
}
