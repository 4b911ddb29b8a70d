import type { Outcome } from "./plugin.ts";
import { EgressError } from "./egress-error.ts";

/**
 * What an HTTP provider's answer comes to, where its body says nothing more exact: 2xx accepted; 408, 425, 429 and 5xx
 * retry, after `Retry-After` (RFC 9110 §10.2.3) where it is given; else reject. Codes are `http_<status>`.
 */
export function outcomeOfResponse({ status, headers }: Pick<Response, "status" | "headers">): Outcome {
  if (status >= 200 && status < 300) return { kind: "accepted" };
  const code = `http_${status}`;
  if (status !== 408 && status !== 425 && status !== 429 && status < 500) return { kind: "reject", code };
  const afterMs = retryAfterMs(headers.get("retry-after"), Date.now());
  return { kind: "retry", code, ...(afterMs === null ? {} : { afterMs }) };
}

/**
 * What an error of the injected `fetch` or `connect` comes to: not sent, retry; sent and the answer lost, unknown; a
 * host that was not declared, reject. Anything else is rethrown, since it is a bug.
 */
export function outcomeOfError(error: unknown): Outcome {
  if (!(error instanceof EgressError)) throw error;
  const { code, sent } = error;
  if (sent) return { kind: "unknown", code };
  return { kind: code === "undeclared_host" || code === "insecure" ? "reject" : "retry", code };
}

/** `Date.parse` takes nearly anything ("-5" is a day in 2001); a date in HTTP begins so, and ends in GMT. */
const HTTP_DATE = /^[A-Z][a-z]+, \d{2}[ -].+ GMT$/;

/** Seconds or an HTTP date (RFC 9110 §5.6.7), as ms from `now`; null when it is neither. */
export function retryAfterMs(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
