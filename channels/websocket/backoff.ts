import { setTimeout as sleep } from "node:timers/promises";

/** Waits before try number `failures + 1`: 100 ms, doubling up to 5 s, half of it random. An abort ends the wait early. */
export async function backoff(failures: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(100 * 2 ** Math.min(failures - 1, 10), 5_000) * (0.5 + Math.random() / 2);
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Repeats the work until it succeeds. @returns undefined once the signal has aborted */
export async function persistently<T>(
  work: () => Promise<T>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await work();
    } catch (error) {
      onFailure(error);
      await backoff(failures, signal);
    }
  }
  return undefined;
}
