import { EgressError, type Outcome } from "tocsin/channel";
import type { Answer, Api } from "./api.ts";
import { passes, slugOf } from "./codes.ts";

/** Sends one message and answers its outcome. A lost answer is `unknown`: Twilio has no idempotency key. */
export async function send(api: Api, form: Record<string, string>, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) return { kind: "retry", code: "aborted" };
  let answer: Answer;
  try {
    answer = await api.createMessage(form, signal);
  } catch (error) {
    const neverSent = error instanceof EgressError && !error.sent;
    if (signal.aborted) return { kind: neverSent ? "retry" : "unknown", code: "aborted" };
    return neverSent ? { kind: "retry", code: "unreachable" } : { kind: "unknown", code: "answer_lost" };
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
