import { setTimeout as delay } from "node:timers/promises";

/** How long a test waits for something that has no deadline of its own; ms. A busy machine needs it. */
const PATIENCE = 60_000;

/** From one question to the next: a share of what it has waited, within bounds; ms. A question costs the node that is asked more than waiting does. */
const PAUSE = { least: 50, most: 250, share: 0.05 };

/**
 * Asks again until `probe` answers something other than undefined, null or false.
 * @param timeoutMs after which it fails and says that `what` did not happen; given only by tests of that very time
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  timeoutMs = PATIENCE,
): Promise<T> {
  const begun = Date.now();
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    const waited = Date.now() - begun;
    if (waited > timeoutMs) throw new Error(`did not happen within ${timeoutMs} ms: ${what}`);
    await delay(Math.min(PAUSE.most, Math.max(PAUSE.least, waited * PAUSE.share)));
  }
}
