import { analyze } from "./analyze.ts";
import { counts, VERSION, type Redaction, type Options } from "./options.ts";
import { replace } from "./spans.ts";

export { KINDS, PLACEHOLDERS, type Kind, type Span } from "./kinds.ts";
export type { Known } from "./known/known.ts";
export type { Options, Redaction } from "./options.ts";

/**
 * Replaces what Safe Harbor lists (45 CFR 164.514(b)(2)) with fixed placeholders. Pure and deterministic: the same
 * text, options and version give the same answer. Spans are in UTF-16 code units of `text`, in order and apart.
 */
export function redact(text: string, options: Options = {}): Redaction {
  const spans = analyze(text, options).map(({ start, end, kind }) => ({ start, end, kind }));
  return { text: replace(text, spans), spans, rules: { version: VERSION, counts: counts(spans) } };
}
