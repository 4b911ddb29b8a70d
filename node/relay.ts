import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { LANES } from "../channels/contract.ts";
import { announce } from "../channels/websocket/announce.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { claimUnfinished, claimUnpersisted, type Unstarted } from "../store/notifications/outbox.ts";
import { expire, findExpired } from "../store/notifications/withdraw.ts";
import type { Gate } from "./precedence.ts";
import type { Starter } from "./starter.ts";

const EVERY = 1_000;

const byLane = (a: Unstarted, b: Unstarted): number => LANES.indexOf(a.lane) - LANES.indexOf(b.lane);

interface RelayDeps {
  knex: Knex;
  starter: Starter;
  starts: Gate;
  bridge: Bridge;
  log: Logger;
}

/**
 * The safety net under every send. Each second it starts what was accepted but not persisted in time (relay), ends what has
 * expired, and, beside that, starts again what has a delivery or a step left but may have lost its workflow
 * (reconciler). Any number of nodes may run it.
 */
export function startRelay({ knex, starter, starts, bridge, log }: RelayDeps): { stop(): Promise<void> } {
  const startAll = async (found: Unstarted[], what: string): Promise<void> => {
    const started = await Promise.all(
      found
        .sort(byLane)
        .map(({ id, lane, round }) =>
          starts.inTurn(lane, () =>
            round === undefined ? starter.start(id, lane) : starter.redeliver(id, round, lane),
          ),
        ),
    );
    if (found.length > 0) log.info({ found: found.length, started: started.filter(Boolean).length }, what);
  };
  const loops = [
    repeat(log, async () => {
      for (const id of await findExpired(knex)) announce(bridge, log, await expire(knex, id));
      if (starter.state() === "up") await startAll(await claimUnpersisted(knex), "relayed");
    }),
    repeat(log, async () => {
      if (starter.state() === "up") await startAll(await claimUnfinished(knex), "reconciled");
    }),
  ];
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}

/** Does a round about every second, each after the last. */
function repeat(log: Logger, round: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false;
  let running = Promise.resolve();
  const tick = (): void => {
    running = round().catch((err: unknown) => log.warn({ err }, "the relay's round failed"));
    void running.then(() => {
      if (!stopped) timer = setTimeout(tick, EVERY * (0.75 + Math.random() / 2));
    });
  };
  let timer = setTimeout(tick, EVERY * Math.random());
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
