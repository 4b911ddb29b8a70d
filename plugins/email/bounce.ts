import type { Failure } from "./failure.ts";

/** RFC 3463 enhanced statuses, by subject and detail; the class (4 or 5) says only whether it is for good. */
const BY_STATUS: Readonly<Record<string, string>> = {
  "1.0": "mailbox_unavailable",
  "1.1": "mailbox_unavailable",
  "1.2": "domain_unavailable",
  "1.3": "invalid_address",
  "1.6": "mailbox_moved",
  "1.7": "sender_refused",
  "1.8": "sender_refused",
  "1.10": "domain_unavailable",
  "2.0": "mailbox_unavailable",
  "2.1": "mailbox_disabled",
  "2.2": "mailbox_full",
  "2.3": "message_too_large",
  "3.1": "server_full",
  "3.2": "server_busy",
  "3.4": "message_too_large",
  "4.4": "domain_unavailable",
  "5.3": "server_busy",
  "7.0": "refused_by_policy",
  "7.1": "refused_by_policy",
  "7.8": "auth_failed",
  "7.9": "auth_failed",
  "7.26": "sender_unauthenticated",
};

/** RFC 5321 4.2.2 replies, for when there is no enhanced status or it says nothing more exact. */
const BY_REPLY: Readonly<Record<number, string>> = {
  421: "server_busy",
  450: "mailbox_busy",
  451: "server_error",
  452: "server_full",
  454: "server_busy",
  530: "auth_required",
  534: "auth_failed",
  535: "auth_failed",
  538: "auth_failed",
  550: "mailbox_unavailable",
  551: "mailbox_moved",
  552: "mailbox_full",
  553: "invalid_address",
  554: "refused_by_policy",
};

/** Why an attempt failed, as a slug. */
export function codeOf(failure: Failure): string {
  const { stage, reply, status, command } = failure;
  if (reply === undefined) {
    if (failure.aborted) return "aborted";
    if (failure.inside) return "private_address";
    if (failure.tls !== undefined) return "tls_failed";
    if (stage === "connect") return "unreachable";
    return stage === "message" || stage === "done" ? "answer_lost" : "connection_lost";
  }
  if (command === "STARTTLS") return "tls_failed";
  if (stage === "auth") return reply >= 500 ? "auth_failed" : (BY_REPLY[reply] ?? "server_error");
  if (stage === "connect") return reply >= 500 ? "service_refused" : "server_busy";
  const known = status === undefined ? undefined : BY_STATUS[status.slice(2)];
  if (known !== undefined) return known;
  if (command === "MAIL FROM" && reply >= 500) return reply === 552 ? "message_too_large" : "sender_refused";
  return BY_REPLY[reply] ?? (reply >= 500 ? "refused" : "server_error");
}
