import { isKind, type Kind, type Span } from "../kinds.ts";
import { HARMLESS } from "./harmless.ts";
import { NUMBERS } from "./numbers.ts";
import { PEOPLE } from "./people.ts";
import { PLACES } from "./places.ts";
import type { Random } from "./random.ts";
import type { Part } from "./template.ts";

/** A message made from a template: its identifiers, and the values of its slots (identifiers or not). */
export interface Filled {
  text: string;
  spans: Span[];
  slots: { start: number; end: number }[];
}

const SLOTS = { ...NUMBERS, ...HARMLESS, ...PEOPLE, ...PLACES };

/** How values are written, whatever the text around them: as they are, without capitals, or all in capitals. */
export type Case = "kept" | "lower" | "upper";

/** Fills a template's slots. @throws Error for a slot that nothing fills */
export function fill(parts: readonly Part[], random: Random, letters: Case): Filled {
  const filled: Filled = { text: "", spans: [], slots: [] };
  for (const { kind, pieces } of parts) {
    const start = filled.text.length;
    for (const piece of pieces) {
      const at = filled.text.length;
      if ("text" in piece) filled.text += piece.text;
      else filled.text += valueOf(piece.slot, kind, random, letters);
      if ("slot" in piece) filled.slots.push({ start: at, end: filled.text.length });
    }
    if (kind !== undefined && isKind(kind)) filled.spans.push({ start, end: filled.text.length, kind });
  }
  return filled;
}

function valueOf(slot: string, kind: Kind | undefined, random: Random, letters: Case): string {
  const make = SLOTS[slot.toLowerCase()];
  if (make === undefined) throw new Error(`no slot @${slot}`);
  const value = make(random);
  if (slot.length > 1 && slot === slot.toUpperCase()) return value.toUpperCase();
  if (/^[A-Z]/.test(slot)) return value.charAt(0).toUpperCase() + value.slice(1);
  if (letters === "upper") return value.toUpperCase();
  const named = kind === "name" || kind === "geo" || kind === "facility";
  return letters === "lower" && (named || kind === undefined) && !/^[A-Z]{2,}$/.test(value)
    ? value.toLowerCase()
    : value;
}
