import type { Starter } from "../node/starter.ts";

/** The starter of a node whose Temporal is away: it starts nothing, and leaves every start to the relay. */
export const noTemporal: Starter = {
  start: () => Promise.resolve(false),
  startBroadcast: () => Promise.resolve(false),
  startBulk: () => Promise.resolve(false),
  redeliver: () => Promise.resolve(false),
  standDown: () => Promise.resolve(false),
  tellHandled: () => Promise.resolve(),
  state: () => "down",
  answers: () => Promise.resolve(false),
};
