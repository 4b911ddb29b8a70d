import type { Candidate, Kind } from "../kinds.ts";
import { normalize } from "../normalize.ts";
import { findApart } from "./apart.ts";
import { Automaton } from "./automaton.ts";
import { datesOf } from "./date.ts";
import type { Entry, Find } from "./find.ts";
import { kindOf } from "./kind-of.ts";
import { namesOf } from "./name.ts";
import { numbersOf } from "./number.ts";
import { bare, skeleton } from "./skeleton.ts";

/** An identifier that the sender names: `kind` is one of the redactor's or an everyday one ("dob", "patient_name"). */
export interface Known {
  kind: string;
  value: string;
}

/** How many may be known of one message, and how many UTF-16 units their values may have together. */
export const MOST_KNOWN = 256;
export const MOST_KNOWN_UNITS = 65_536;

/**
 * Makes a finder of known identifiers in every form that their kinds have, and of their plain values in any case. It
 * takes normalised text, in time linear in it; its findings outrank every rule.
 * @throws RangeError where more is known than MOST_KNOWN and MOST_KNOWN_UNITS allow
 */
export function finderOf(known: readonly Known[]): (text: string, found: Candidate[]) => void {
  if (known.length === 0) return () => undefined;
  const units = known.reduce((sum, { value }) => sum + value.length, 0);
  if (known.length > MOST_KNOWN || units > MOST_KNOWN_UNITS)
    throw new RangeError(`known: more than ${MOST_KNOWN} values or ${MOST_KNOWN_UNITS} characters`);
  const entries = known.map(({ kind, value }) => ({ kind: kindOf(kind), value: normalize(value).text }));
  const finds = [
    wholesOf(entries),
    namesOf(entries.filter(({ kind }) => kind === "name").map(({ value }) => value)),
    datesOf(entries.filter(({ kind }) => kind === "date").map(({ value }) => value)),
    numbersOf(entries.filter(({ kind, value }) => !SPELLED.has(kind) && /\d/.test(value))),
  ];
  return (text, found) => {
    const texts = { text, plain: skeleton(text, false), leet: skeleton(text, true) };
    for (const find of finds) find(texts, (start, end, kind) => found.push({ start, end, kind, score: 1 }));
  };
}

/** Kinds whose digits alone do not stand for the value. */
const SPELLED: ReadonlySet<Kind> = new Set<Kind>(["name", "date", "geo", "facility", "email"]);

/** Values as they are, the parts of an address and the local part of an e-mail address. */
function wholesOf(entries: readonly Entry[]): Find {
  const words = entries.flatMap(({ kind, value }) => wholes(kind, value).map((word) => ({ kind, word })));
  const plain = new Automaton(
    words.map(({ kind, word }) => [bare(word, false), kind] as const).filter(([form]) => form.length > 1),
  );
  const leet = new Automaton(
    words
      .filter(({ word }) => !/\d/.test(bare(word, false)) && bare(word, false).length > 3)
      .map(({ kind, word }) => [bare(word, true), kind] as const),
  );
  return (texts, add) => {
    findApart(plain, texts.plain, add);
    findApart(leet, texts.leet, add);
  };
}

function wholes(kind: Kind, value: string): string[] {
  if (kind === "geo" || kind === "facility")
    return [
      value,
      ...value.split(/[,;\n]/).filter((part) => bare(part, false).length > 3),
      ...(value.match(/\b\d{5}\b/g) ?? []),
    ];
  const local = kind === "email" ? (value.split("@", 1)[0] ?? "") : "";
  return local.length > 4 ? [value, local] : [value];
}
