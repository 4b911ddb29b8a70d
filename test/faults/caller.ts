import { setTimeout as delay } from "node:timers/promises";

/** How long a call waits for its answer before it is made again elsewhere; ms. */
const PATIENCE = 4_000;
/** Statuses after which a client tries again. */
const AGAIN = new Set([409, 429, 503]);

export interface Call {
  path: string;
  headers: { [name: string]: string };
  body?: object;
  /** Further statuses after which to try again. */
  again?: number[];
  /** Statuses by which the call may rightly be refused, rather than tried again. */
  refusals?: number[];
}

/** What comes of a call that was rightly refused. */
export const REFUSED = Symbol("refused");

/**
 * Calls the nodes in turn, as a client that retries, until one answers with success; the answer's body then, or REFUSED. Null once
 * `signal` says to give up.
 * @param wrong hears of an answer that is neither success nor a reason to try again; the call is then over
 */
export async function callUntilDone(
  urls: readonly string[],
  { path, headers, body, again = [], refusals = [] }: Call,
  signal: AbortSignal,
  wrong: (detail: string) => void,
): Promise<unknown> {
  const method = "POST";
  for (let tries = Math.floor(Math.random() * urls.length); !signal.aborted; tries++) {
    const url = urls[tries % urls.length] ?? "";
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          "Content-Type": "application/json",
          ...headers,
          ...("Cookie" in headers ? { Origin: url } : {}),
        },
        signal: AbortSignal.timeout(PATIENCE),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      if (refusals.includes(response.status)) return REFUSED;
      if (!AGAIN.has(response.status) && !again.includes(response.status)) {
        wrong(`${path} was answered ${response.status}: ${text.slice(0, 300)}`);
        return null;
      }
    } catch {
      // No answer: it may have been taken in, so the same call is made again.
    }
    await delay(100 + 300 * Math.random(), undefined, { signal }).catch(() => undefined);
  }
  return null;
}
