import { setImmediate } from "node:timers/promises";

/** How long work holds the event loop before everything else of the process has its turn; ms. */
const SLICE = 5;

/** Makes the pause that long work calls between its steps; it gives way once so much time has passed. */
export function createPause(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE) return;
    await setImmediate();
    since = performance.now();
  };
}
