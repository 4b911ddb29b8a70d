import type { Candidate } from "./kinds.ts";
import { finderOf } from "./known/known.ts";
import { MODEL } from "./names/model.ts";
import { findPeople } from "./names/people.ts";
import type { Model } from "./names/tagger.ts";
import { normalize } from "./normalize.ts";
import { wants, type Options } from "./options.ts";
import { findPatterns } from "./patterns.ts";
import { address } from "./rules/address.ts";
import { ages } from "./rules/ages.ts";
import { dates } from "./rules/dates.ts";
import { digits } from "./rules/digits.ts";
import { foreign } from "./rules/foreign/foreign.ts";
import { formats } from "./rules/formats.ts";
import { hl7 } from "./rules/hl7.ts";
import { internet } from "./rules/internet.ts";
import { labelled } from "./rules/labelled.ts";
import { phones } from "./rules/phones.ts";
import { all, when } from "./rules/rule.ts";
import { scripts } from "./rules/scripts.ts";
import { replace, toOriginal, unite } from "./spans.ts";
import { trace } from "./trace.ts";

const rules = all(
  internet,
  formats,
  hl7,
  when(/\d/, all(labelled, phones, digits)),
  dates,
  ages,
  address,
  foreign,
  scripts,
);

/** How often the redacted text is read again at most: with some identifiers gone, others show. */
const PASSES = 4;

/**
 * The spans to redact in `text`, in order and apart from each other. `others` are spans that somebody else found.
 * The text is read again as its reader will see it, until nothing more is found, so redacting twice changes nothing.
 */
export function analyze(
  text: string,
  options: Options,
  others: readonly Candidate[] = [],
  model: Model = MODEL,
): Candidate[] {
  const findKnown = finderOf(options.known ?? []);
  const pass = (view: string): Candidate[] => read(view, options, findKnown, model);
  let spans = unite([...others, ...pass(text)], text);
  for (let i = 0; i < PASSES && spans.length > 0; i++) {
    const more = pass(replace(text, spans));
    if (more.length === 0) break;
    spans = unite([...spans, ...trace(spans, more)], text);
  }
  return spans;
}

function read(
  text: string,
  options: Options,
  findKnown: ReturnType<typeof finderOf>,
  model: Model,
): Candidate[] {
  const view = normalize(text);
  const found: Candidate[] = [];
  rules(view.text, found);
  findPeople(view.text, model, found);
  const wanted = found.filter(({ kind }) => wants(kind, options));
  findPatterns(options.patterns ?? [], view.text, wanted);
  findKnown(view.text, wanted);
  return toOriginal(view, unite(wanted, view.text));
}
