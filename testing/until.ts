import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again until `probe` answers something other than undefined, null or false.
 * @param timeoutMs after which it fails, saying `what` did not happen
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  timeoutMs = 25_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > end) throw new Error(`did not happen within ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}
