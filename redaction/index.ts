import { analyze } from "./analyze.ts";
import type { Candidate } from "./kinds.ts";
import { counts, VERSION, wants, type Options, type Redaction } from "./options.ts";
import type { Recognizer } from "./recognizer.ts";
import { replace } from "./spans.ts";

export { KINDS, PLACEHOLDERS, isKind, type Kind, type Span } from "./kinds.ts";
export { MOST_KNOWN, MOST_KNOWN_UNITS, type Known } from "./known/known.ts";
export { VERSION, type Options, type Pattern, type Redaction } from "./options.ts";
export { lintPattern, type PatternFault } from "./patterns.ts";
export { RecognizerUnavailable, type Recognized, type Recognizer } from "./recognizer.ts";

/**
 * Replaces the identifiers that Safe Harbor lists (45 CFR 164.514(b)(2)) with fixed placeholders. Pure and
 * deterministic: the same text, options and version give the same answer. Spans are in UTF-16 code units of `text`,
 * in order and apart.
 * @throws RangeError for a pattern that `lintPattern` refuses, or where more is known than MOST_KNOWN and
 *   MOST_KNOWN_UNITS allow
 */
export function redact(text: string, options: Options = {}): Redaction {
  return finish(text, analyze(text, options));
}

/**
 * The same with other recognizers beside the rules; everything that any of them finds is redacted. Rejects with
 * RecognizerUnavailable when one does not answer: hold the message and try again, never pass it on.
 */
export async function redactWith(
  recognizers: readonly Recognizer[],
  text: string,
  options: Options = {},
): Promise<Redaction> {
  const answers = await Promise.all(recognizers.map((recognizer) => recognizer.analyze(text)));
  const others: Candidate[] = answers.flat().filter(({ kind }) => wants(kind, options));
  return finish(text, analyze(text, options, others));
}

function finish(text: string, found: readonly Candidate[]): Redaction {
  const spans = found.map(({ start, end, kind }) => ({ start, end, kind }));
  return { text: replace(text, spans), spans, rules: { version: VERSION, counts: counts(spans) } };
}
