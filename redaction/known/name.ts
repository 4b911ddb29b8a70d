import { isClinicalAcronym, isCommonWord } from "../lists/words.ts";
import { places, skeleton, type Skeleton } from "./skeleton.ts";
import type { Finder } from "./finder.ts";

const TITLE = /^(?:mr|mrs|ms|miss|mx|dr|prof|sir|jr|sr|ii|iii|iv|md|do|rn|np|pa|phd|dds|esq|the|and)$/;

/**
 * A known name by each of its parts, in either order, with initials for any of them: Ada Byron King, King, Ada;
 * A. B. King; Ada K.; ABK. A part that is also an everyday word ("Will") counts only with a capital; initials that
 * are also a clinical abbreviation ("CT") only with full stops.
 */
export const findName: Finder = (value, { text, plain, leet }, add) => {
  const parts = value
    .split(/[\s,.()"]+/)
    .map((part) => skeleton(part).chars)
    .filter((part) => part !== "" && !TITLE.test(part));
  const pieces = new Set(value.split(/[\s,.()"-]+/).map((part) => skeleton(part).chars));
  for (const part of new Set([...parts, ...pieces])) {
    if (part.length < 2 || TITLE.test(part)) continue;
    const common = isCommonWord(part);
    for (const bones of [plain, leet]) {
      const form = bones === leet ? skeleton(part, true).chars : part;
      if (bones === leet && part.length < 4) continue;
      for (const { start, end } of places(form, bones, 3)) {
        const match = text.slice(start, end);
        if (
          spaced(match) &&
          (match.match(/[^\p{L}\p{N}]+/gu) ?? []).length < form.length - 1 &&
          !/['-]/.test(match)
        )
          continue;
        if (!common || /^\p{Lu}/u.test(match)) add(...withInitials(text, start, end));
      }
    }
  }
  if (parts.length > 1) {
    findPairs(parts, plain, leet, add);
    findInitials(parts, text, add);
  }
};

/** Any two parts together, in any case and order, and a part beside another's initial ("young, w."). */
function findPairs(
  parts: string[],
  plain: Skeleton,
  leet: Skeleton,
  add: (start: number, end: number) => void,
): void {
  for (const one of parts) {
    for (const other of parts) {
      if (one === other) continue;
      const pair = one + other;
      for (const { start, end } of places(pair, plain, 3)) add(start, end);
      if (pair.length > 5)
        for (const { start, end } of places(skeleton(pair, true).chars, leet, 3)) add(start, end);
      const forms = [other.charAt(0) + one, one + other.charAt(0)];
      for (const form of one.length > 2 ? forms : []) {
        for (const { start, end } of places(form, plain, 3)) {
          if (plain.text.slice(start, end + 1).includes(".")) add(start, end);
        }
      }
    }
  }
}

function spaced(match: string): boolean {
  return /[^\p{L}\p{N}$@!]/u.test(match);
}

/** The span with an initial before it or after it: "J. Doe", "Jane D.". */
function withInitials(text: string, start: number, end: number): [number, number] {
  const before = /(?<![\p{L}\p{N}])(?:\p{Lu}\.?[ -]?){1,2}$/u.exec(text.slice(Math.max(0, start - 6), start));
  const after = /^,? \p{Lu}(?:\.|(?![\p{L}\p{N}'-]))/u.exec(text.slice(end, end + 5));
  return [start - (before?.[0].length ?? 0), end + (after?.[0].length ?? 0)];
}

function findInitials(parts: string[], text: string, add: (start: number, end: number) => void): void {
  const letters = parts.map((part) => part.charAt(0).toUpperCase());
  const runs = new Set(
    [letters, [letters[0] ?? "", letters.at(-1) ?? ""], letters.toReversed()].map((run) => run.join("")),
  );
  for (const run of runs) {
    const regex = new RegExp(
      `(?<![\\p{L}\\p{N}])${[...run].join("[. -]{0,3}")}\\.?(?![\\p{L}\\p{N}'-])`,
      "gu",
    );
    for (const { 0: match, index } of text.matchAll(regex)) {
      if (match !== run || !isClinicalAcronym(run)) add(index, index + match.length);
    }
  }
}
