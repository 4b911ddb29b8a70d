import type { Outcome } from "./plugin.ts";
import { EgressError } from "./egress-error.ts";

/**
 * The outcome that an HTTP provider's answer stands for, unless its body is more exact: 2xx is accepted; 408, 425, 429 and
 * 5xx are retry, after `Retry-After` (RFC 9110 §10.2.3) if it is given; anything else is reject. Codes are `http_<status>`.
 */
export function outcomeOfResponse({ status, headers }: Pick<Response, "status" | "headers">): Outcome {
  if (status >= 200 && status < 300) return { kind: "accepted" };
  const code = `http_${status}`;
  if (status !== 408 && status !== 425 && status !== 429 && status < 500) return { kind: "reject", code };
  const afterMs = retryAfterMs(headers.get("retry-after"), Date.now());
  return { kind: "retry", code, ...(afterMs === null ? {} : { afterMs }) };
}

/**
 * The outcome that an error of the injected `fetch` or `connect` stands for: retry where nothing was sent, unknown where
 * the answer was lost, reject for a host that was not declared. Any other error is a bug and is thrown again.
 */
export function outcomeOfError(error: unknown): Outcome {
  if (!(error instanceof EgressError)) throw error;
  const { code, sent } = error;
  if (sent) return { kind: "unknown", code };
  return { kind: code === "undeclared_host" || code === "insecure" ? "reject" : "retry", code };
}

/** `Date.parse` takes nearly anything ("-5" is a day in 2001); an HTTP date begins like this and ends in GMT. */
const HTTP_DATE = /^[A-Z][a-z]+, \d{2}[ -].+ GMT$/;

/** Seconds or an HTTP date (RFC 9110 §5.6.7), as ms from `now`; null when it is neither. */
export function retryAfterMs(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
