import type { Problem } from "./api.ts";
import { type Backoff, delay } from "./backoff.ts";
import { Refused, Unanswered } from "./errors.ts";

/** Where calls go, and by whose right. */
export interface Site {
  /** Its address, or those of its nodes: where one does not answer, the next is asked. */
  url: string | readonly string[];
  /** What shows at this address who calls. */
  headers: (url: string) => Record<string, string>;
}

export interface Call {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** How long a call goes on; ms. */
export interface Bounds {
  /** Until one try counts as lost; 10,000 unless given. */
  patience?: number;
  /** Until no further try begins; 120,000 unless given. */
  longest?: number;
  /** Between two tries, beside what Retry-After says; from 500 up to 15,000 unless given. */
  between?: Backoff;
  /** Gives up at once. */
  signal?: AbortSignal;
  /** Hears why a call is made again, e.g. for a log; the status is null where there was no answer. */
  onRetry?: (status: number | null, why: string) => void;
}

const BETWEEN: Backoff = { base: 500, cap: 15_000 };

/**
 * Makes a call until it is answered: again where the answer is lost, where there is no room (503, 429) and where the same call is still
 * at work; not before the answer's Retry-After, and never at the same moment as others.
 * @throws Refused, or Unanswered; the signal's reason once that says so
 */
export async function call<T>(site: Site, made: Call, bounds: Bounds = {}): Promise<T> {
  const { longest = 120_000, between = BETWEEN, signal, onRetry } = bounds;
  const urls = typeof site.url === "string" ? [site.url] : site.url;
  const first = Math.floor(Math.random() * urls.length);
  const end = performance.now() + longest;
  for (let tries = 0; ; tries += 1) {
    const answer = await ask<T>(`${urls[(first + tries) % urls.length]}`, site, made, bounds);
    if (answer.kind === "done") return answer.body;
    onRetry?.(answer.status, answer.why);
    const pause = answer.after + delay(tries, Math.random(), between);
    if (performance.now() + pause > end) throw new Unanswered(`${made.path}: ${answer.why}`);
    await sleep(pause, signal);
  }
}

interface Again {
  kind: "again";
  status: number | null;
  /** ms. */
  after: number;
  why: string;
}
type Answer<T> = { kind: "done"; body: T } | Again;

async function ask<T>(
  url: string,
  site: Site,
  { method, path, headers, body }: Call,
  { patience = 10_000, signal }: Bounds,
): Promise<Answer<T>> {
  try {
    const tooLate = AbortSignal.timeout(patience);
    const response = await fetch(url + path, {
      method,
      headers: {
        ...site.headers(url),
        ...headers,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      signal: signal === undefined ? tooLate : AbortSignal.any([tooLate, signal]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return { kind: "done", body: JSON.parse(text) };
    const after = 1_000 * (Number(response.headers.get("Retry-After")) || 0);
    return again(response.status, after, readProblem(text));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Refused) throw error;
    return { kind: "again", status: null, after: 0, why: String(error) };
  }
}

/** @throws Refused, unless another try may be taken */
function again(status: number, after: number, problem: Problem | null): Again {
  if (problem === null || mayPass(problem))
    return { kind: "again", status, after, why: problem?.detail ?? `answered ${status}` };
  throw new Refused(status, problem);
}

/** Whether the same call may be taken later. */
export const mayPass = ({ status, type }: Problem): boolean =>
  status >= 500 || status === 429 || type === "urn:tocsin:problem:in-flight";

/** What is no problem document comes from something in between. */
function readProblem(text: string): Problem | null {
  try {
    const problem: Problem = JSON.parse(text);
    return typeof problem.type === "string" ? problem : null;
  } catch {
    return null;
  }
}

/** @throws the signal's reason once that says so */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
