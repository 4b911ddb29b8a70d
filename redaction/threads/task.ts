import type { Options, Redaction } from "../options.ts";
import type { Recognized } from "../recognizer.ts";

/** What a thread is given: texts that go together, each with what recognizers found in it. */
export interface Task {
  texts: { text: string; others: Recognized[] }[];
  options: Options;
}

/** What a thread says: that it is ready, the texts redacted, or the error that it met. */
export type Report =
  { kind: "ready" } | { kind: "done"; redactions: Redaction[] } | { kind: "failed"; error: unknown };
