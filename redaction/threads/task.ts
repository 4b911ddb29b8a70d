import type { Options, Redaction } from "../options.ts";
import type { Recognized } from "../recognizer.ts";

/** A message to a thread: texts that go together, each with the spans that recognizers found in it. */
export interface Task {
  texts: { text: string; others: Recognized[] }[];
  options: Options;
}

/** A thread's answer: that it is ready, the texts redacted, or the error that it met. */
export type Report =
  { kind: "ready" } | { kind: "done"; redactions: Redaction[] } | { kind: "failed"; error: unknown };
