import type { CheckResult, Outcome } from "tocsin/channel";
import { codeOf } from "./bounce.ts";
import type { Failure } from "./failure.ts";

/** The outcome of a failed attempt: a 5xx is reject, a 4xx is retry, and silence after the message is unknown. */
export function outcomeOf(failure: Failure): Outcome {
  const code = codeOf(failure);
  if (failure.reply !== undefined) {
    return failure.reply >= 500 ? { kind: "reject", code } : { kind: "retry", code };
  }
  if (failure.stage === "message" || failure.stage === "done") return { kind: "unknown", code };
  const hopeless = failure.tls === "untrusted" || failure.inside;
  return { kind: hopeless && !failure.aborted ? "reject" : "retry", code };
}

/** The same failure as the result of a check. */
export function checkResultOf(failure: Failure): CheckResult {
  return { ok: false, code: failure.aborted ? "timeout" : codeOf(failure) };
}
