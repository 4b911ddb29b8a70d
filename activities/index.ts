import { type BroadcastDeps, createBroadcastPage } from "./arrival/broadcast.ts";
import { createDeliver, type DeliverDeps } from "./delivery/deliver.ts";
import { createEscalate } from "./escalate.ts";
import { withoutText } from "./failure.ts";
import { createPersist, type PersistDeps } from "./arrival/persist.ts";
import { createRoundLeft } from "./delivery/round.ts";
import { createGiveUp, createSkipRest } from "./delivery/settle.ts";

/** Everything a workflow may ask of the world. */
export function createActivities(deps: PersistDeps & DeliverDeps & BroadcastDeps) {
  return withoutText({
    persist: createPersist(deps),
    deliver: createDeliver(deps),
    escalate: createEscalate(deps),
    skipRest: createSkipRest(deps),
    giveUp: createGiveUp(deps),
    roundLeft: createRoundLeft(deps),
    broadcastPage: createBroadcastPage(deps),
  });
}

export type Activities = ReturnType<typeof createActivities>;
