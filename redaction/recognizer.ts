import type { Kind } from "./kinds.ts";

/** A recognizer's finding; offsets are in UTF-16 code units of the text that it was given. */
export interface Recognized {
  start: number;
  end: number;
  kind: Kind;
  /** Confidence, 0 to 1. */
  score: number;
}

/** Another source of spans, asked beside the rules. */
export interface Recognizer {
  readonly name: string;
  analyze(text: string): Promise<Recognized[]>;
}

/**
 * A recognizer did not answer. The message must be held and redacted again later: without that answer it is not
 * redacted as its territory asks. Its message never holds the text.
 */
export class RecognizerUnavailable extends Error {
  readonly recognizer: string;
  /** `timeout`, `unreachable`, `status_503`, `malformed` … */
  readonly code: string;

  constructor(recognizer: string, code: string) {
    super(`recognizer ${recognizer}: ${code}`);
    this.name = "RecognizerUnavailable";
    this.recognizer = recognizer;
    this.code = code;
  }
}
