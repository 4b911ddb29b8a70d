import type { Knex } from "knex";
import type { Activities } from "../activities/index.ts";
import { type Lane, LANES } from "../channels/contract.ts";
import type { Logger } from "../config/log.ts";
import {
  claimBulk,
  claimUnpersisted,
  findOverdueSteps,
  type Unstarted,
} from "../store/notifications/outbox.ts";
import { createAlone } from "./alone.ts";
import { every } from "./every.ts";
import type { Precedence } from "./precedence.ts";
import type { Starter } from "./starter.ts";

/** How often a node looks whether Temporal is away; ms. */
const EVERY = 1_000;
/** For how long Temporal has to be away before a node takes steps of alerts itself; ms. */
const STEPS_AFTER = 30_000;
/** How many sends are chosen at a time, and how often in a round: whoever takes turns by them waits for few of anybody else's. */
const CHOSEN = { atATime: 10, times: 10 };

export interface StandInDeps {
  knex: Knex;
  starter: Pick<Starter, "answers">;
  activities: (lane: Lane) => Pick<Activities, "persist" | "broadcastPage" | "escalate">;
  precedence: Pick<Precedence, "activities">;
  log: Logger;
  now?: () => number;
}

/**
 * Does what can be done without Temporal while that is away: brings sends into their inboxes, which shows them to everybody who
 * has the page open, and after half a minute takes the steps of alerts that are overdue. Other channels wait for Temporal, whose
 * workflows find what was done, and do the rest.
 */
export function startStandIn({
  knex,
  starter,
  activities,
  precedence: { activities: gate },
  log,
  now = () => performance.now(),
}: StandInDeps): { stop(): Promise<void> } {
  const alone = createAlone(knex, log);
  let awaySince: number | null = null;

  const arrive = async ({ id, lane, kind }: Unstarted): Promise<void> => {
    if (kind === "notification")
      return void (await activities(lane).persist(id, (work) => gate.inTurn(lane, work)));
    for (let place: string | null = ""; place !== null;) {
      const after: string = place;
      const page = await activities(lane).broadcastPage(id, after, {
        inTurn: (work) => gate.inTurn(lane, work),
      });
      if (page.holdMs !== undefined) return;
      place = page.after;
    }
  };
  /** Each was put off as it was claimed, so one that fails is tried again later, less and less often. */
  const arriveAll = async (found: Unstarted[]): Promise<void> => {
    for (const send of found)
      await arrive(send).catch((err: unknown) => log.warn({ err, id: send.id }, "a send did not arrive"));
  };
  const arriveAllInTurn = async (): Promise<void> => {
    for (let left = CHOSEN.times; left > 0; left--) {
      const found = await claimUnpersisted(knex, LANES, CHOSEN.atATime);
      await arriveAll(found);
      if (found.length < CHOSEN.atATime) return;
    }
  };

  return every(
    EVERY,
    async () => {
      if (await starter.answers()) {
        awaySince = null;
        return;
      }
      awaySince ??= now();
      await arriveAllInTurn();
      await arriveAll(await claimBulk(knex, { all: true }));
      if (now() - awaySince < STEPS_AFTER) return;
      await alone("step", await findOverdueSteps(knex), (id) => activities("critical").escalate(id));
    },
    (err) => log.warn({ err }, "the stand-in for Temporal failed"),
  );
}
