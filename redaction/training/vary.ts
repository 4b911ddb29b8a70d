import { classOf } from "../names/classes.ts";
import type { Random } from "./random.ts";
import type { Part, Piece } from "./template.ts";
import { list } from "./words.ts";

/** How many of a template's own words give way to others of their kind. */
const REWORDED = 0.15;
/** How many messages are typed with slips, without commas and full stops, and with the capitals of a heading. */
const MISTYPED = 0.06;
const UNPOINTED = 0.04;
const HEADED = 0.03;

/**
 * The same template as others would write it, so that what is learned from it holds in more styles than its own. What
 * is in its slots stays.
 */
export function varied(parts: readonly Part[], random: Random): Part[] {
  const other = changed(parts, (text) => text.replace(WORD, (word) => reworded(word, random)));
  const at = random.next();
  if (at < MISTYPED)
    return changed(other, (text) =>
      text.replace(WORD, (word) => (random.chance(0.25) ? mistyped(word, random) : word)),
    );
  if (at < MISTYPED + UNPOINTED) return changed(other, (text) => text.replace(POINT, ""));
  if (at < MISTYPED + UNPOINTED + HEADED)
    return changed(other, (text) => text.replace(SMALL, (letter) => letter.toUpperCase()));
  return other;
}

/** A word that is no part of a code, an address or a name with a hyphen. */
const WORD = /(?<![\w'@./|^"-])[A-Za-z]{4,}(?![\w'@/|^"-])/g;
/** The first letter of such a word. */
const SMALL = /(?<![\w'@./|^"-])[a-z](?=[a-z]{2,}(?![\w'@/|^"-]))/g;
const POINT = /(?<=[A-Za-z])[.,;:](?=\s|$)|^[.,;:](?=\s|$)/g;

function changed(parts: readonly Part[], change: (text: string) => string): Part[] {
  return parts.map((part) =>
    part.kind === undefined
      ? {
          ...part,
          pieces: part.pieces.map((piece): Piece => ("text" in piece ? { text: change(piece.text) } : piece)),
        }
      : part,
  );
}

/** Words of everyday English by what they mean and how they end, but for those that tell of the words beside them. */
const kin = kinOf();

function kinOf(): Map<string, string[]> {
  const everyday = new Set([...list("everyday"), ...list("common")]);
  const groups = new Map<string, string[]>();
  const of = new Map<string, string[]>();
  for (const line of list("senses")) {
    const [sense = "", ...words] = line.split(" ");
    for (const word of words) {
      if (word.length < 4 || !everyday.has(word) || classOf(word) !== 0) continue;
      const key = `${sense} ${/(?:ed|ing|s|ly|er)$/.exec(word)?.[0] ?? ""}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push(word);
      of.set(word, group);
    }
  }
  return of;
}

function reworded(word: string, random: Random): string {
  if (!random.chance(REWORDED)) return word;
  const group = kin.get(word.toLowerCase());
  if (group === undefined) return word;
  const other = random.pick(group);
  if (word === word.toUpperCase()) return other.toUpperCase();
  return word.charAt(0) === word.charAt(0).toLowerCase()
    ? other
    : other.charAt(0).toUpperCase() + other.slice(1);
}

/** Two letters swapped, one too few, or one twice. */
function mistyped(word: string, random: Random): string {
  const at = random.int(1, word.length - 2);
  const kind = random.int(0, 2);
  if (kind === 0) return word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2);
  return word.slice(0, at) + (kind === 1 ? "" : word.charAt(at)) + word.slice(kind === 1 ? at + 1 : at);
}
