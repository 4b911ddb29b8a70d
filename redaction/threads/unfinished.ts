/** Redacting a text took more time or memory than it may: the text is not redacted, and must be shown to nobody. */
export class RedactionUnfinished extends Error {
  /** The resource that it took too much of. */
  readonly code: "time" | "memory";

  constructor(code: "time" | "memory") {
    super(`redaction took too much ${code}`);
    this.name = "RedactionUnfinished";
    this.code = code;
  }
}
