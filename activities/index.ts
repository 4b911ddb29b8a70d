import { type BroadcastDeps, createBroadcastPage } from "./arrival/broadcast.ts";
import { createDeliver, createGiveUp, createSkipRest, type DeliverDeps } from "./delivery/deliver.ts";
import { createEscalate, type EscalateDeps } from "./escalate.ts";
import { withoutText } from "./failure.ts";
import { createPersist, type PersistDeps } from "./arrival/persist.ts";
import { createRoundLeft } from "./delivery/round.ts";

/** Every activity that a workflow may call. */
export function createActivities(deps: PersistDeps & DeliverDeps & BroadcastDeps & EscalateDeps) {
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
