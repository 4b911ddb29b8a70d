import type { Candidate } from "./kinds.ts";
import { findKnown } from "./known/known.ts";
import { normalize } from "./normalize.ts";
import { wants, type Options } from "./options.ts";
import { scripts } from "./rules/scripts.ts";
import { people } from "./names/people.ts";
import { address } from "./rules/address.ts";
import { ages } from "./rules/ages.ts";
import { dates } from "./rules/dates.ts";
import { digits } from "./rules/digits.ts";
import { formats } from "./rules/formats.ts";
import { internet } from "./rules/internet.ts";
import { labelled } from "./rules/labelled.ts";
import { phones } from "./rules/phones.ts";
import { all } from "./rules/rule.ts";
import { toOriginal, unite } from "./spans.ts";

const rules = all(internet, formats, labelled, phones, dates, ages, address, digits, scripts, people);

/** The spans to redact in `text`, in order and apart from each other. */
export function analyze(text: string, options: Options): Candidate[] {
  const view = normalize(text);
  const found: Candidate[] = [];
  rules(view.text, found);
  const wanted = found.filter(({ kind }) => wants(kind, options));
  findKnown(options.known ?? [], view.text, wanted);
  return toOriginal(view, unite(wanted, view.text));
}
