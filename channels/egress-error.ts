export type EgressCode =
  | "undeclared_host"
  /** The name leads to an address inside, and the operator did not allow that. */
  | "private_address"
  /** Plain HTTP to a public host. */
  | "insecure"
  | "unresolved"
  | "connect_failed"
  /** Connected, but no complete answer came: the host may or may not have taken the request. */
  | "answer_lost"
  | "answer_too_large"
  | "aborted";

/** Why there is no answer. The message names the host at most, and nothing that was sent or answered. */
export class EgressError extends Error {
  readonly code: EgressCode;
  /** Whether anything may have reached the host. */
  readonly sent: boolean;
  constructor(code: EgressCode, message: string, sent = false) {
    super(message);
    this.name = "EgressError";
    this.code = code;
    this.sent = sent;
  }
}
