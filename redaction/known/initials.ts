import { isClinicalAcronym } from "../lists/words.ts";

type Add = (start: number, end: number) => void;

const RUN = /(?<![\p{L}\p{N}])\p{Lu}/gu;
const NEXT = /[. -]{0,3}(\p{Lu})/uy;
const GOES_ON = /[\p{L}\p{N}'-]/u;

/**
 * Finds the initials of names, in either order, and those of a first and last part: A. B. K.; ABK; A.K. Those that are
 * also a clinical abbreviation ("CT") count only with full stops.
 */
export function initialsOf(names: readonly (readonly string[])[]): (text: string, add: Add) => void {
  const runs = new Set(names.filter((parts) => parts.length > 1).flatMap(runsOf));
  const longest = Math.max(0, ...[...runs].map((run) => run.length));
  return (text, add) => {
    if (runs.size === 0) return;
    for (const { 0: first, index } of text.matchAll(RUN)) {
      let letters = first;
      let end = index + first.length;
      while (letters.length < longest) {
        NEXT.lastIndex = end;
        const next = NEXT.exec(text);
        if (next === null) break;
        letters += next[1];
        end = NEXT.lastIndex;
        const stop = text.charAt(end) === "." && !GOES_ON.test(text.charAt(end + 1)) ? end + 1 : end;
        const whole = stop > end || !GOES_ON.test(text.charAt(end));
        const dotted = stop - index > letters.length;
        if (whole && runs.has(letters) && (dotted || !isClinicalAcronym(letters))) add(index, stop);
      }
    }
  };
}

function runsOf(parts: readonly string[]): string[] {
  const letters = parts.map((part) => part.charAt(0).toUpperCase());
  return [letters, [letters.at(0), letters.at(-1)], letters.toReversed()].map((run) => run.join(""));
}

/** A name's span with an initial before it or after it: "J. Doe", "Jane D.". */
export function withInitials(text: string, start: number, end: number): [start: number, end: number] {
  const before = /(?<![\p{L}\p{N}])(?:\p{Lu}\.?[ -]?){1,2}$/u.exec(text.slice(Math.max(0, start - 6), start));
  const after = /^,? \p{Lu}(?:\.|(?![\p{L}\p{N}'-]))/u.exec(text.slice(end, end + 5));
  return [start - (before?.[0].length ?? 0), end + (after?.[0].length ?? 0)];
}
