import { createIsHandled } from "./acknowledgement.ts";
import { createDeliver, type DeliverDeps } from "./deliver.ts";
import { createPersist, type PersistDeps } from "./persist.ts";

/** Everything a workflow may ask of the world. */
export function createActivities(deps: PersistDeps & DeliverDeps) {
  return {
    persist: createPersist(deps),
    deliver: createDeliver(deps),
    isHandled: createIsHandled(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
