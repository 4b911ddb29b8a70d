import type { Outcome } from "tocsin/channel";
import type { Answer, Api } from "./api.ts";
import { passes, slugOf } from "./codes.ts";

/** Errors with which a connection was never made, so that nothing can have been sent. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Sends one message and says what came of it. A lost answer is `unknown`: Twilio has no idempotency key. */
export async function send(api: Api, form: Record<string, string>, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) return { kind: "retry", code: "aborted" };
  let answer: Answer;
  try {
    answer = await api.createMessage(form, signal);
  } catch (error) {
    if (signal.aborted) return { kind: "unknown", code: "aborted" };
    return neverSent(error)
      ? { kind: "retry", code: "unreachable" }
      : { kind: "unknown", code: "answer_lost" };
  }
  return outcomeOf(answer);
}

function outcomeOf({ status, message, code, retryAfterMs }: Answer): Outcome {
  const after = retryAfterMs === undefined ? {} : { afterMs: retryAfterMs };
  if (status >= 200 && status < 300) {
    if (message === undefined) return { kind: "unknown", code: "answer_unreadable" };
    if (message.status === "failed" || message.status === "undelivered") {
      return { kind: "reject", code: slugOf(message.error_code ?? undefined, "undelivered") };
    }
    return { kind: "accepted", providerId: message.sid };
  }
  if (status === 429) return { kind: "retry", code: slugOf(code, "rate_limited"), ...after };
  if (status >= 500) return { kind: "retry", code: "provider_error", ...after };
  if (status === 408 || passes(code))
    return { kind: "retry", code: slugOf(code, "provider_error"), ...after };
  if (status === 401) return { kind: "reject", code: slugOf(code, "auth_failed") };
  return { kind: "reject", code: slugOf(code, "refused") };
}

/** Whether an error says that nothing was sent: by `sent`, as the injected fetch's do, or by a code of its causes. */
export function neverSent(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const sent: unknown = Reflect.get(current, "sent");
    const code: unknown = Reflect.get(current, "code");
    if (typeof sent === "boolean") return !sent;
    if (typeof code === "string" && NOT_SENT.has(code)) return true;
  }
  return false;
}
