import { isKind, type Kind } from "../kinds.ts";

/** A stretch of a template: literal text and slots that belong together, with a kind where they identify somebody. */
export interface Part {
  kind: Kind | undefined;
  pieces: Piece[];
}

/** Text as it stands, or the name of a slot to fill. */
export type Piece = { text: string } | { slot: string };

const MARKED = /\{(?:(\w+):([^{}]*)|@([A-Za-z0-9]+))\}/g;
const SLOT = /(?<![\p{L}\p{N}.])@([A-Za-z][A-Za-z0-9]*)/gu;

/**
 * Reads one line of a template (its form: `SLOTS.md`) as parts in order.
 *
 * @throws Error for a kind that the redactor does not have.
 */
export function parse(line: string): Part[] {
  const source = line.replaceAll("\\n", "\n");
  const parts: Part[] = [];
  let at = 0;
  const literal = (text: string) => {
    if (text !== "") parts.push({ kind: undefined, pieces: [{ text }] });
  };
  for (const { 0: whole, 1: kind, 2: value, 3: slot, index } of source.matchAll(MARKED)) {
    literal(source.slice(at, index));
    at = index + whole.length;
    if (slot !== undefined) parts.push({ kind: undefined, pieces: [{ slot }] });
    else if (kind === undefined || value === undefined || !isKind(kind))
      throw new Error(`unknown kind in: ${line}`);
    else parts.push({ kind, pieces: pieces(value) });
  }
  literal(source.slice(at));
  return parts;
}

function pieces(value: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of value.matchAll(SLOT)) {
    const [whole, slot = ""] = match;
    if (match.index > at) found.push({ text: value.slice(at, match.index) });
    found.push({ slot });
    at = match.index + whole.length;
  }
  if (at < value.length) found.push({ text: value.slice(at) });
  return found;
}
