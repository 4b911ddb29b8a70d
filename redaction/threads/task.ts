import type { Options, Redaction } from "../options.ts";
import type { Recognized } from "../recognizer.ts";

/** Texts that go together, each with the spans that recognizers found in it. */
export interface Task {
  texts: { text: string; others: Recognized[] }[];
  options: Options;
}

/** What came of a task: its texts redacted, or the error that it met. */
export type Outcome = { redactions: Redaction[] } | { error: unknown };

/** A thread's answer: that it is ready, or the outcome of each task of a message. */
export type Report = { kind: "ready" } | { kind: "done"; outcomes: Outcome[] };
