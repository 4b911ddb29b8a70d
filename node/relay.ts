import type { Knex } from "knex";
import type { Logger } from "../config/log.ts";
import { type Lane, LANES } from "../channels/contract.ts";
import { announce } from "../channels/websocket/announce.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import {
  BATCH,
  claimUnfinished,
  claimUnpersisted,
  findBroadcastAlerts,
  findClosing,
  findExpired,
  giveBack,
  lookAgain,
  type Unpersisted,
  type Unstarted,
} from "../store/notifications/outbox.ts";
import { findAlertsLeft, findDepartures, forgetDeparture } from "../store/notifications/departures.ts";
import { countRefused } from "../store/notifications/troubles.ts";
import { depart } from "../store/transitions/depart.ts";
import { closeCopies, follow } from "../store/transitions/follow.ts";
import { countAcknowledged } from "../store/transitions/escalate.ts";
import { expire } from "../store/transitions/withdraw.ts";
import { createAlone } from "./alone.ts";
import type { CriticalStart, CriticalStarts } from "./critical-starts.ts";
import { every, whileFull } from "./every.ts";
import type { Gate } from "./precedence.ts";
import type { Metrics } from "./metrics.ts";
import { againOf, ofEnd, ofRound, type Starter, startWorkflow } from "./starter.ts";

/** How often a node looks for work that was left behind; ms. */
const EVERY = 1_000;
/** How long critical sends that were left behind wait for their turn in one round; ms. */
const PATIENCE = 1_500;

const cameOf = (isTaken: boolean): CriticalStart => (isTaken ? "started" : "refused");

const byLane = (a: Unstarted, b: Unstarted): number => LANES.indexOf(a.lane) - LANES.indexOf(b.lane);

/** The critical lane, where something of it was found: there may be more. */
const criticalAmong = (found: Unstarted[]): Lane[] =>
  found.some(({ lane }) => lane === "critical") ? ["critical"] : [];

interface RelayDeps {
  knex: Knex;
  starter: Starter;
  starts: Gate;
  criticalStarts: CriticalStarts;
  bridge: Bridge;
  metrics: Pick<Metrics, "relayed" | "loopFailed">;
  log: Logger;
}

/**
 * The safety net under every send, in loops that don't wait for each other. Each second the relay starts sends that were
 * accepted but not persisted in time, the reconciler starts again whatever has a delivery or a step left but may have lost
 * its workflow; others withdraw what has expired, close copies that an acknowledgement left open, count who has acknowledged a
 * broadcast, and take those who left out of the steps that told them. Any number of nodes may run it.
 */
export function startRelay({ knex, starter, starts, criticalStarts, bridge, metrics, log }: RelayDeps): {
  stop(): Promise<void>;
} {
  const relay = async (found: Unpersisted[]): Promise<void> => {
    const start = async (send: Unpersisted): Promise<CriticalStart> =>
      send.lane === "critical"
        ? await criticalStarts.start(send, PATIENCE, againOf(send))
        : cameOf(await starts.inTurn(send.lane, () => startWorkflow(starter, send, againOf(send))));
    const { waiting } = await startAll(found, start, "relayed");
    if (waiting.length > 0) await giveBack(knex, waiting);
  };
  const reconcile = async (left: Unstarted): Promise<CriticalStart> =>
    await starts.inTurn(left.lane, async () => {
      const { id, lane, round, over, overdue, stuck } = left;
      if (overdue === true && stuck === true)
        log.error({ workflowId: id, code: "step_overdue" }, "an alert's step is not taken");
      const again = againOf(left, "left");
      const [workflowId, start] =
        round === undefined
          ? [id, startWorkflow(starter, left, again)]
          : over === true
            ? [ofEnd(id, round), starter.standDown(id, round, lane, again)]
            : [ofRound(id, round), starter.redeliver(id, round, lane, again)];
      const started = await start;
      // One that runs may be waiting for a later time than the database knows, or have lost an attempt with its worker: it looks anew.
      await starter.tellHandled(workflowId, lane);
      return cameOf(started);
    });
  /** Answers those that had no turn, and those that Temporal refused. */
  const startAll = async <Found extends Unstarted>(
    found: Found[],
    start: (one: Found) => Promise<CriticalStart>,
    what: "relayed" | "reconciled",
  ): Promise<{ waiting: string[]; refused: string[] }> => {
    const came = await Promise.all(found.sort(byLane).map(start));
    const those = (which: CriticalStart): string[] =>
      found.filter((_, place) => came[place] === which).map(({ id }) => id);
    const [taken, refused] = [those("started").length, those("refused")];
    metrics.relayed(what, taken, refused.length);
    // While Temporal is away it refuses all alike. Each was put off as it was claimed.
    if (starter.state() === "up") await countRefused(knex, refused);
    if (found.length > 0) log.info({ found: found.length, started: taken }, what);
    return { waiting: those("waits"), refused };
  };
  /** While calls are kept from Temporal, what is critical asks it all the same, unless it is away: then the stand-in does what can be done. */
  const lanes = async (): Promise<readonly Lane[]> => {
    if (starter.state() === "up") return LANES;
    return (await starter.answers()) ? ["critical"] : [];
  };
  const failed = (err: unknown): void => {
    metrics.loopFailed("relay");
    log.warn({ err }, "the relay's round failed");
  };
  const alone = createAlone(knex, log);
  const loops = [
    every(
      EVERY,
      async () => {
        const open = await lanes();
        if (open.length > 0) await relay(await claimUnpersisted(knex, open));
      },
      failed,
    ),
    every(
      EVERY,
      async (stopping) => {
        let open = await lanes();
        // The other channels of a critical broadcast begin here, and thousands of people can't wait a second for each hundred.
        for (let found: Unstarted[] = []; open.length > 0 && !stopping.aborted; open = criticalAmong(found)) {
          found = await claimUnfinished(knex, open);
          await lookAgain(knex, (await startAll(found, reconcile, "reconciled")).refused);
        }
      },
      failed,
    ),
    every(
      EVERY,
      async (stopping) => {
        const find = () => findExpired(knex);
        await whileFull(BATCH, stopping, find, (found) =>
          alone("expire", found, async (id) => {
            const { changes, waits } = await expire(knex, id);
            announce(bridge, log, changes);
            if (waits) void starter.tellHandled(id);
          }),
        );
      },
      failed,
    ),
    every(
      EVERY,
      async () =>
        await alone("close", await findClosing(knex), async (id) =>
          announce(bridge, log, [...(await follow(knex, id)), ...(await closeCopies(knex, id))]),
        ),
      failed,
    ),
    every(
      EVERY,
      async () =>
        await alone("count", await findBroadcastAlerts(knex), async (id) => {
          const { changes, ended } = await countAcknowledged(knex, id);
          announce(bridge, log, changes);
          if (ended) void starter.tellHandled(id);
        }),
      failed,
    ),
    every(
      EVERY,
      async () =>
        await alone("depart", await findDepartures(knex), async (departure) => {
          for (const { id, lane, person } of await findAlertsLeft(knex, departure))
            if (await depart(knex, id, person)) void starter.tellHandled(id, lane);
          await forgetDeparture(knex, departure);
        }),
      failed,
    ),
  ];
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}
