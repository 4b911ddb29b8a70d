import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { LANES } from "../channels/contract.ts";
import { announce } from "../channels/websocket/announce.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { claimUnfinished, claimUnpersisted, type Unstarted } from "../store/outbox.ts";
import { expire, findExpired } from "../store/withdraw.ts";
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
 * The safety net under every send. Each second it starts what was accepted but not persisted in time (relay), and
 * starts again what has a delivery or a step left but may have lost its workflow (reconciler); and it ends what has
 * expired. Any number of nodes may run it.
 */
export function startRelay({ knex, starter, starts, bridge, log }: RelayDeps): { stop(): Promise<void> } {
  let stopped = false;
  let running = Promise.resolve();

  const start = ({ id, lane, round }: Unstarted): Promise<boolean> =>
    starts.inTurn(lane, () =>
      round === undefined ? starter.start(id, lane) : starter.redeliver(id, round, lane),
    );

  const round = async (): Promise<void> => {
    for (const id of await findExpired(knex)) announce(bridge, log, await expire(knex, id));
    if (starter.state() === "down") return;
    const late = await claimUnpersisted(knex);
    const unfinished = await claimUnfinished(knex);
    const started = await Promise.all([...late, ...unfinished].sort(byLane).map(start));
    if (started.length > 0) {
      const done = started.filter(Boolean).length;
      log.info({ late: late.length, unfinished: unfinished.length, started: done }, "relayed");
    }
  };

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
