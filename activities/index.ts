import type { Lane } from "../channels/contract.ts";
import type { Bridge } from "../channels/websocket/bridge.ts";
import { type BroadcastDeps, createBroadcastPage } from "./arrival/broadcast.ts";
import { createDeliver, createGiveUp, createSkipRest, type DeliverDeps } from "./delivery/deliver.ts";
import { createEscalate, type EscalateDeps } from "./escalate.ts";
import { withoutText } from "./failure.ts";
import { createPersist, type PersistDeps } from "./arrival/persist.ts";
import { createRoundLeft } from "./delivery/round.ts";

/** Every activity that a workflow may call. */
export function createActivities(deps: PersistDeps & DeliverDeps & BroadcastDeps & EscalateDeps) {
  const { bridge } = deps;
  return withoutText({
    persist: hinting(bridge, createPersist(deps)),
    deliver: hinting(bridge, createDeliver(deps)),
    escalate: createEscalate(deps),
    skipRest: createSkipRest(deps),
    giveUp: hinting(bridge, createGiveUp(deps)),
    roundLeft: createRoundLeft(deps),
    broadcastPage: hinting(bridge, createBroadcastPage(deps)),
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
