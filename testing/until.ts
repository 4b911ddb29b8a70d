import { setTimeout as delay } from "node:timers/promises";

/** How long a test waits for something that has no deadline of its own; ms. A busy machine needs it. */
const PATIENCE = 60_000;

/**
 * Asks again until `probe` answers something other than undefined, null or false.
 * @param timeoutMs after which it fails and says that `what` did not happen; given only by tests of that very time
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  timeoutMs = PATIENCE,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`did not happen within ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}
