import { request as requestHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { EgressError } from "./egress-error.ts";
import type { Fetch } from "./network.ts";
import type { Guard } from "./guard.ts";

/** Largest answer read, in bytes: providers answer with a few hundred. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Longest wait for an answer, in ms, where the caller's own signal does not end it earlier. */
const MAX_WAIT_MS = 60_000;

/**
 * A `fetch` that asks the guard first. HTTPS, or plain HTTP to hosts inside; redirects are handed back, not followed;
 * each request has a connection of its own, so that an error always says whether anything can have been sent.
 */
export function createFetch(guard: Guard): Fetch {
  return async (url, init) => {
    const signal = init?.signal ?? null;
    // The caller's signal in place of the request's own, which hears of an abort only until the request is garbage-collected.
    const request = new Request(url, { ...init, signal: null });
    const { protocol, hostname, port } = new URL(request.url);
    const secure = protocol === "https:";
    if (!secure && protocol !== "http:") throw new EgressError("insecure", `${protocol} is not HTTP`);
    guard.admit(hostname, Number(port) || (secure ? 443 : 80));
    if (!secure && !guard.inside(hostname)) {
      throw new EgressError("insecure", `${hostname} is reached over https: only`);
    }
    const body = Buffer.from(await request.arrayBuffer());
    if (signal?.aborted) throw new EgressError("aborted", "aborted before sending");
    const options = {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), "content-length": String(body.length) },
      agent: false,
      lookup: guard.lookup,
    };
    const outgoing = secure ? requestHttps(request.url, options) : requestHttp(request.url, options);
    return exchange(outgoing, body, signal);
  };
}

async function exchange(
  outgoing: ClientRequest,
  body: Buffer,
  signal: AbortSignal | null,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  let sent = false;
  const onAbort = (): void => {
    reject(new EgressError("aborted", "aborted while waiting for the answer", sent));
    outgoing.destroy();
  };
  const timer = setTimeout(onAbort, MAX_WAIT_MS);
  signal?.addEventListener("abort", onAbort, { once: true });
  outgoing.on("socket", (socket) => {
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => (sent = true));
  });
  outgoing.on("error", (error) => reject(failure(error, sent)));
  outgoing.on("response", (incoming) => {
    read(incoming).then(resolve, (error: unknown) => {
      reject(failure(error, sent));
      outgoing.destroy();
    });
  });
  outgoing.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function failure(error: unknown, sent: boolean): EgressError {
  if (error instanceof EgressError) return error;
  return sent
    ? new EgressError("answer_lost", "the connection was lost before the answer", true)
    : new EgressError("connect_failed", "the host can't be connected to");
}

async function read(incoming: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) throw new EgressError("answer_too_large", "the answer is too large", true);
    chunks.push(bytes);
  }
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const status = incoming.statusCode ?? 502;
  const bodiless = status === 204 || status === 205 || status === 304;
  return new Response(bodiless ? null : Buffer.concat(chunks), { status, headers });
}
