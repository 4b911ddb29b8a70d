import type { Candidate, Kind } from "../kinds.ts";
import { normalize } from "../normalize.ts";
import { findApart } from "./apart.ts";
import { Automaton } from "./automaton.ts";
import { bare, skeleton } from "./skeleton.ts";

/** Kinds that words or short codes are taken for; whatever has a form of its own is hidden all the same. */
const KEEPABLE: ReadonlySet<Kind> = new Set<Kind>(["name", "geo", "facility", "other_id"]);

/**
 * Makes a function that leaves out of what was found in a text all that lies within one of these values, where it
 * stands as a whole, in any case. What goes beyond a value stays found: with "Ward" kept, "Ann Ward" is hidden.
 */
export function keeperOf(
  kept: readonly string[],
): (text: string, found: readonly Candidate[]) => Candidate[] {
  if (kept.length === 0) return (_, found) => [...found];
  const forms = kept.map((value) => bare(normalize(value).text, false)).filter((form) => form.length > 1);
  const automaton = new Automaton(forms.map((form) => [form, "name"] as const));
  return (text, found) => {
    /** For each character the number of the value that it is part of; 0 for most. */
    const parts = new Uint32Array(text.length + 1);
    let count = 0;
    findApart(automaton, skeleton(text, false), (start, end) => parts.fill(++count, start, end));
    return found.filter(
      ({ start, end, kind }) => !KEEPABLE.has(kind) || parts[start] === 0 || parts[start] !== parts[end - 1],
    );
  };
}
