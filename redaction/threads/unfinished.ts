/** A text took more time or memory than redacting may: it is not redacted, and must be shown to nobody. */
export class RedactionUnfinished extends Error {
  /** What it took too much of. */
  readonly code: "time" | "memory";

  constructor(code: "time" | "memory") {
    super(`redaction took too much ${code}`);
    this.name = "RedactionUnfinished";
    this.code = code;
  }
}
