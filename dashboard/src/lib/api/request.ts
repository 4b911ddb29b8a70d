import { learnServerTime } from "../server-time.ts";
import { withConfirmation } from "../session/again.ts";
import { Problem, readProblem } from "./problem.ts";

export type Fetch = typeof globalThis.fetch;
/** A call of the API, whose answer is read as JSON. */
export type Request = <T>(path: string, options?: RequestOptions) => Promise<T>;

/** Where calls go, and what shows who makes them. */
export interface Way {
  /** In front of `/api`; empty on Tocsin's own pages. */
  site: string;
  credentials: "same-origin" | "omit";
  headers?: Record<string, string>;
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of a body. */
  upload?: { type: string; text: string };
  query?: URLSearchParams | undefined;
  signal?: AbortSignal | undefined;
  /** SvelteKit's own, in a load function. */
  fetch?: Fetch | undefined;
}

/** Longest wait for an answer, in ms; the server's own limits are well below it. */
const TIMEOUT = 20_000;

/**
 * Calls the API on this page's own origin with its session cookie, and reads its answer as JSON. Where the server wants to see the
 * password again first, the person is asked for it.
 *
 * @throws {Problem} for every other answer, and with status 0 when there is no answer
 */
export const request: Request = async <T>(path: string, options: RequestOptions = {}): Promise<T> =>
  await readBody(await send(path, options));

/** Calls the API as `request` does, for an answer without a body or one whose headers count. */
export const send = (path: string, options: RequestOptions = {}): Promise<Response> =>
  withConfirmation(() => sendBy(OWN, path, options));

const OWN: Way = { site: "", credentials: "same-origin" };

/** @throws {Problem} where it is cut off */
export async function readBody<T>(response: Response): Promise<T> {
  const body: T = await response.json().catch(() => {
    throw new Problem(0, "about:blank", "The answer was cut off.");
  });
  return body;
}

/**
 * Makes a call, once.
 * @throws {Problem} for every answer but a good one, and with status 0 when there is no answer
 */
export async function sendBy(way: Way, path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = "GET", body, upload, query, signal, fetch = globalThis.fetch } = options;
  const search = query && query.size > 0 ? `?${query}` : "";
  const timeout = AbortSignal.timeout(TIMEOUT);
  const init: RequestInit = {
    method,
    headers: {
      accept: "application/json",
      ...way.headers,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(upload !== undefined && { "content-type": upload.type }),
    },
    credentials: way.credentials,
    cache: "no-store",
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (upload !== undefined) init.body = upload.text;
  const asked = Date.now();
  const response = await fetch(`${way.site}/api${path}${search}`, init).catch(() => {
    throw new Problem(0, "about:blank", "No answer.");
  });
  learnServerTime(response.headers.get("date"), asked, Date.now());
  if (!response.ok) throw await readProblem(response);
  return response;
}
