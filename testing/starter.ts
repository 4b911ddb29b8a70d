import type { Starter } from "../node/starter.ts";

/** Stands where Temporal is away: it starts nothing, and the relay would see to it. */
export const noTemporal: Starter = {
  start: () => Promise.resolve(false),
  startBroadcast: () => Promise.resolve(false),
  redeliver: () => Promise.resolve(false),
  tellHandled: () => Promise.resolve(),
  state: () => "down",
};
