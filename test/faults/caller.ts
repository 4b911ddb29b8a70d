import { setTimeout as delay } from "node:timers/promises";
import { call } from "../../client/call.ts";
import { Refused } from "../../client/errors.ts";

/** How long a call waits for its answer before it is made again elsewhere, and before that; ms. */
const PATIENCE = 4_000;
const BETWEEN = { base: 400, cap: 400 };

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
 * Calls the nodes as `tocsin/client` does, until one answers with success; the answer's body then, or REFUSED. Null once `signal` says to
 * give up.
 * @param wrong hears of an answer that is neither success nor a reason to try again; the call is then over, but for a fault of the program's
 */
export async function callUntilDone(
  urls: readonly string[],
  { path, headers, body, again = [], refusals = [] }: Call,
  signal: AbortSignal,
  wrong: (detail: string) => void,
): Promise<unknown> {
  const ofNode = (url: string) => ({ ...headers, ...("Cookie" in headers ? { Origin: url } : {}) });
  const onRetry = (status: number | null, why: string): void => {
    if (status === 500) wrong(`${path} was answered 500: ${why}`);
  };
  while (!signal.aborted) {
    try {
      return await call(
        { url: urls, headers: ofNode },
        { method: "POST", path, body },
        { patience: PATIENCE, longest: Infinity, between: BETWEEN, signal, onRetry },
      );
    } catch (error) {
      if (signal.aborted) return null;
      if (!(error instanceof Refused)) throw error;
      if (refusals.includes(error.status)) return REFUSED;
      if (error.status !== 409 && !again.includes(error.status)) {
        wrong(`${path} was answered ${error.status}: ${error.message.slice(0, 300)}`);
        return null;
      }
    }
    await delay(100 + 300 * Math.random(), undefined, { signal }).catch(() => undefined);
  }
  return null;
}
