import type { Candidate, Kind } from "../kinds.ts";
import { findDate } from "./date.ts";
import type { Finder } from "./finder.ts";
import { findName } from "./name.ts";
import { findNumber } from "./number.ts";
import { kindOf } from "./kind-of.ts";
import { places, skeleton } from "./skeleton.ts";

/** An identifier that the sender names: `kind` is one of the redactor's or an everyday one ("dob", "patient_name"). */
export interface Known {
  kind: string;
  value: string;
}

/** Finds each known identifier in every form that its kind has, and its plain value in any case. */
export function findKnown(known: readonly Known[], text: string, found: Candidate[]): void {
  if (known.length === 0) return;
  const texts = { text, plain: skeleton(text), leet: skeleton(text, true) };
  for (const { kind: named, value } of known) {
    const kind = kindOf(named);
    const add = (start: number, end: number) => found.push({ start, end, kind, score: 1 });
    findWhole(value, texts, add);
    finderOf(kind, value)(value, texts, add);
  }
}

const nothing: Finder = () => undefined;

function finderOf(kind: Kind, value: string): Finder {
  if (kind === "name") return findName;
  if (kind === "date") return findDate;
  if (kind === "geo" || kind === "facility") return findParts;
  if (kind === "email") return findLocalPart;
  return /\d/.test(value) ? findNumber : nothing;
}

const findWhole: Finder = (value, { plain, leet }, add) => {
  const bare = skeleton(value).chars;
  if (bare.length < 2) return;
  for (const { start, end } of places(bare, plain, 4)) add(start, end);
  if (bare.length < 4 || /\d/.test(bare)) return;
  for (const { start, end } of places(skeleton(value, true).chars, leet, 4)) add(start, end);
};

/** The parts of an address between its commas, and its ZIP code. */
const findParts: Finder = (value, texts, add) => {
  for (const part of value.split(/[,;\n]/)) if (skeleton(part).chars.length > 3) findWhole(part, texts, add);
  for (const zip of value.match(/\b\d{5}\b/g) ?? []) findWhole(zip, texts, add);
};

const findLocalPart: Finder = (value, texts, add) => {
  const local = value.split("@", 1)[0] ?? "";
  if (local.length > 4) findWhole(local, texts, add);
};
