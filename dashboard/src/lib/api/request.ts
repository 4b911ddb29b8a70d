import { learnServerTime } from "../server-time.ts";
import { withConfirmation } from "../session/again.ts";
import { Problem, readProblem } from "./problem.ts";

export type Fetch = typeof globalThis.fetch;

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
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const body: T = await response.json().catch(() => {
    throw new Problem(0, "about:blank", "The answer was cut off.");
  });
  return body;
}

/** Calls the API as `request` does, for an answer without a body or one whose headers count. */
export const send = (path: string, options: RequestOptions = {}): Promise<Response> =>
  withConfirmation(() => sendOnce(path, options));

async function sendOnce(path: string, options: RequestOptions): Promise<Response> {
  const { method = "GET", body, upload, query, signal, fetch = globalThis.fetch } = options;
  const search = query && query.size > 0 ? `?${query}` : "";
  const timeout = AbortSignal.timeout(TIMEOUT);
  const init: RequestInit = {
    method,
    headers: {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(upload !== undefined && { "content-type": upload.type }),
    },
    credentials: "same-origin",
    cache: "no-store",
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (upload !== undefined) init.body = upload.text;
  const asked = Date.now();
  const response = await fetch(`/api${path}${search}`, init).catch(() => {
    throw new Problem(0, "about:blank", "No answer.");
  });
  learnServerTime(response.headers.get("date"), asked, Date.now());
  if (!response.ok) throw await readProblem(response);
  return response;
}
