import type { Candidate } from "./kinds.ts";
import { keeperOf } from "./known/kept.ts";
import { finderOf } from "./known/known.ts";
import { MODEL } from "./names/model.ts";
import { findPeople } from "./names/people.ts";
import { Scorer } from "./names/scorer.ts";
import type { Model } from "./names/tagger.ts";
import { Words } from "./names/word.ts";
import { normalize } from "./normalize.ts";
import { wants, type Options } from "./options.ts";
import { findPatterns } from "./patterns.ts";
import { address } from "./rules/address.ts";
import { ages } from "./rules/ages.ts";
import { dates } from "./rules/dates.ts";
import { digits } from "./rules/digits.ts";
import { fhir } from "./rules/fhir.ts";
import { foreign } from "./rules/foreign/foreign.ts";
import { formats } from "./rules/formats.ts";
import { hl7 } from "./rules/hl7.ts";
import { internet } from "./rules/internet.ts";
import { labelled } from "./rules/labelled.ts";
import { phones } from "./rules/phones.ts";
import { all, when } from "./rules/rule.ts";
import { digit, Signs } from "./rules/signs.ts";
import { scripts } from "./rules/scripts.ts";
import { spoken } from "./rules/spoken.ts";
import { replace, toOriginal, unite } from "./spans.ts";
import { trace } from "./trace.ts";

/** All rules that go by the form of what they find. */
export const rules = all(
  internet,
  formats,
  hl7,
  fhir,
  when(digit, all(labelled, phones, digits)),
  dates,
  ages,
  address,
  foreign,
  spoken,
  scripts,
);

const signs = new Signs();

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
  const reader: Reader = {
    options,
    model,
    words: new Words(),
    scorer: new Scorer(model),
    findKnown: [finderOf(options.known ?? []), finderOf(options.hidden ?? [])],
    keep: keeperOf(options.kept ?? []),
  };
  const pass = (view: string): Candidate[] => read(view, reader);
  let spans = unite([...reader.keep(text, others), ...pass(text)], text);
  for (let i = 0; i < PASSES && spans.length > 0; i++) {
    const more = pass(replace(text, spans));
    if (more.length === 0) break;
    spans = unite([...spans, ...trace(spans, more)], text);
  }
  return spans;
}

/** What stays the same while a message is read again. */
interface Reader {
  options: Options;
  model: Model;
  words: Words;
  scorer: Scorer;
  findKnown: ReturnType<typeof finderOf>[];
  keep: ReturnType<typeof keeperOf>;
}

function read(text: string, { options, model, words, scorer, findKnown, keep }: Reader): Candidate[] {
  const view = normalize(text);
  const found: Candidate[] = [];
  rules(view.text, found, signs.look(view.text));
  findPeople(view.text, model, words, scorer, found);
  const wanted = found.filter(({ kind }) => wants(kind, options));
  findPatterns(options.patterns ?? [], view.text, wanted);
  const left = keep(view.text, wanted);
  for (const find of findKnown) find(view.text, left);
  return toOriginal(view, unite(left, view.text));
}
