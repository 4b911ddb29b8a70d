import { isCommonWord } from "../lists/words.ts";
import { Automaton } from "./automaton.ts";
import { initialsOf, withInitials } from "./initials.ts";
import type { Find } from "./find.ts";
import { Lefts } from "./lefts.ts";
import { bare, begins, endOf, ends, hangsTogether, startOf, type Skeleton } from "./skeleton.ts";
import { writing } from "./writing.ts";

const TITLE = /^(?:mr|mrs|ms|miss|mx|dr|prof|sir|jr|sr|ii|iii|iv|md|do|rn|np|pa|phd|dds|esq|the|and)$/;

/** How many parts of a name are looked for, and how long they may be; longer ones are found only within the whole value. */
const MOST_PARTS = 8;
const LONGEST_PART = 40;

/**
 * Finds names by each of their parts, in either order, with initials for any of them: Ada Byron King; King, Ada;
 * A. B. King; Ada K.; ABK. A part that is also an everyday word ("Will") counts only with a capital.
 */
export function namesOf(values: readonly string[]): Find {
  const names = [...new Set(values)].map((value) => partsOf(value, /[\s,.()"]+/));
  const pieces = values.flatMap((value) => partsOf(value, /[\s,.()"-]+/));
  const alone = new Set([...names.flat(), ...pieces]);
  const plain = partsReader(partsOfAll(names, alone), false);
  const spelled = new Set([...alone].filter(({ length }) => length > 3));
  const leet = partsReader(partsOfAll(names, spelled), true);
  const initials = initialsOf(names);
  return (texts, add) => {
    const name = (start: number, end: number): void => add(start, end, "name");
    plain(texts.plain, name);
    leet(texts.leet, name);
    initials(texts.text, name);
  };
}

function partsOf(value: string, separators: RegExp): string[] {
  const parts = value
    .split(separators)
    .map((part) => bare(part, false))
    .filter((part) => part !== "" && part.length <= LONGEST_PART && !TITLE.test(part));
  return [...new Set(parts)].slice(0, MOST_PARTS);
}

/**
 * A part of a name: whether it counts alone, whether it is a word of English (which counts only with a capital), and
 * the parts beside it.
 */
interface Part {
  text: string;
  alone: boolean;
  common: boolean;
  beside: Set<Part>;
  /** The initials of the parts that it is beside. */
  initials: Set<string>;
}

function partsOfAll(names: readonly (readonly string[])[], alone: ReadonlySet<string>): Part[] {
  const parts = new Map<string, Part>();
  const partOf = (text: string): Part => {
    const part = parts.get(text) ?? {
      text,
      alone: text.length > 1 && alone.has(text),
      common: isCommonWord(text),
      beside: new Set(),
      initials: new Set(),
    };
    parts.set(text, part);
    return part;
  };
  for (const text of alone) partOf(text);
  for (const name of names) {
    for (const one of name.map(partOf)) {
      for (const other of name.map(partOf)) {
        if (other === one) continue;
        one.beside.add(other);
        one.initials.add(other.text.charAt(0));
      }
    }
  }
  return [...parts.values()];
}

function partsReader(
  parts: readonly Part[],
  leet: boolean,
): (bones: Skeleton, add: (start: number, end: number) => void) => void {
  const automaton = new Automaton(parts.map((part) => [bare(part.text, leet), part] as const));
  return (bones, add) => {
    const lefts = new Lefts<Part>(LONGEST_PART);
    const isWritten = writing(bones);
    automaton.find(bones.chars, bones.breaks, (i, j, found) => {
      const opens = begins(bones, i);
      const closes = ends(bones, j);
      for (const part of found) {
        if (part.alone && opens && closes && isWritten(i, j) && (!part.common || isCapital(bones, i)))
          add(...withInitials(bones.text, startOf(bones, i), endOf(bones, j)));
        const from = closes ? lefts.find(i, part.beside) : undefined;
        if (from !== undefined && (!leet || j - from > 5)) add(startOf(bones, from), endOf(bones, j));
        if (opens && part.beside.size > 0) lefts.add(j, i, part);
        if (leet || part.text.length < 3) continue;
        if (closes && part.initials.has(bones.chars.charAt(i - 1)) && isDotted(bones, i - 1, j))
          add(startOf(bones, i - 1), endOf(bones, j));
        if (opens && part.initials.has(bones.chars.charAt(j)) && isDotted(bones, i, j + 1))
          add(startOf(bones, i), endOf(bones, j + 1));
      }
      return false;
    });
  };
}

function isCapital({ text, at }: Skeleton, i: number): boolean {
  return /\p{Lu}/u.test(text.charAt(at[i] ?? 0));
}

/** Whether a part with an initial stands from `i` to `j`, with a full stop. */
function isDotted(bones: Skeleton, i: number, j: number): boolean {
  return (
    hangsTogether(bones, i, j) &&
    begins(bones, i) &&
    ends(bones, j) &&
    bones.text.slice(startOf(bones, i), endOf(bones, j) + 1).includes(".")
  );
}
