import { analyze } from "./analyze.ts";
import type { Candidate, Span } from "./kinds.ts";
import { why } from "./names/why.ts";
import { counts, VERSION, wants, type Options, type Redaction } from "./options.ts";
import { replace } from "./spans.ts";

export { KINDS, PLACEHOLDERS, isKind, type Kind, type Span } from "./kinds.ts";
export { MOST_KNOWN, MOST_KNOWN_UNITS, type Known } from "./known/known.ts";
export { VERSION, type Options, type Pattern, type Redaction } from "./options.ts";
export { RecognizerUnavailable, type Recognized, type Recognizer } from "./recognizer.ts";
export { templateOf, type Mark } from "./template.ts";
export { RedactionUnfinished } from "./threads/unfinished.ts";
export type { Reason, Word } from "./names/why.ts";
export type { Redactor } from "./threads/redactor.ts";

const isOfWords = ({ kind }: Span): boolean => kind === "name" || kind === "geo" || kind === "facility";

/**
 * Replaces the identifiers that Safe Harbor lists (45 CFR 164.514(b)(2)) with fixed placeholders. Pure and deterministic: the same
 * text, options and version give the same answer. Spans are in UTF-16 code units of `text`, in order and apart.
 * @param others spans that recognizers found in the text: redacted too, where the options ask for their kind
 * @throws RangeError for a pattern that `lintPattern` refuses, or where more is known than MOST_KNOWN and
 *   MOST_KNOWN_UNITS allow
 */
export function redact(text: string, options: Options = {}, others: readonly Candidate[] = []): Redaction {
  const wanted = others.filter(({ kind }) => wants(kind, options));
  const spans = analyze(text, options, wanted).map(({ start, end, kind }) => ({ start, end, kind }));
  const redaction = { text: replace(text, spans), spans, rules: { version: VERSION, counts: counts(spans) } };
  return options.explain === true ? { ...redaction, why: why(text, spans.filter(isOfWords)) } : redaction;
}
