import type { Lane } from "../channels/contract.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { type BroadcastDeps, createBroadcastPage } from "./arrival/broadcast.ts";
import { type BulkDeps, createBulkPages } from "./arrival/bulk.ts";
import { createDeliver, createGiveUp, createSkipRest, type DeliverDeps } from "./delivery/deliver.ts";
import { createEscalate, type EscalateDeps } from "./escalate.ts";
import { withoutText } from "./failure.ts";
import { createPersist, type PersistDeps } from "./arrival/persist.ts";
import { roundLeft } from "../store/transitions/arrive.ts";

/** Every activity that a workflow may call. */
export function createActivities(deps: PersistDeps & DeliverDeps & BroadcastDeps & BulkDeps & EscalateDeps) {
  const { bridge, knex } = deps;
  const deliver = hinting(bridge, createDeliver(deps));
  return withoutText({
    persist: hinting(bridge, createPersist(deps)),
    deliver,
    // What an older node's `deliver` would send once more.
    standDown: deliver,
    escalate: createEscalate(deps),
    skipRest: createSkipRest(deps),
    giveUp: hinting(bridge, createGiveUp(deps)),
    roundLeft: (notificationId: string, round: number) => roundLeft(knex, notificationId, round),
    broadcastPage: hinting(bridge, createBroadcastPage(deps)),
    bulkPages: createBulkPages(deps),
  });
}

export type Activities = ReturnType<typeof createActivities>;

/** The activities of each lane: what is critical has connections of its own. */
export type ActivitiesOf = (lane: Lane) => Activities;

/** Tells those who wait for a notification's deliveries, on any node, once an activity has written to them. */
const hinting =
  <A extends unknown[], T>(
    bridge: Pick<Bridge, "hintProgress">,
    run: (notificationId: string, ...rest: A) => Promise<T>,
  ) =>
  async (notificationId: string, ...rest: A): Promise<T> => {
    const done = await run(notificationId, ...rest);
    bridge.hintProgress(notificationId);
    return done;
  };
