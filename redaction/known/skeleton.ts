import { LOOKALIKES } from "../normalize.ts";

const LEET: Record<string, string> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
  l: "i",
  L: "i",
  I: "i",
};
const PLAIN: Record<string, string> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ı: "i",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  þ: "th",
  ð: "d",
};

/** The letters and digits of a text alone, in their plainest form. `leet`: digits and signs that stand for letters too. */
export function bare(text: string, leet = false): string {
  let out = "";
  for (let i = 0; i < text.length; i++) out += plain(text.charAt(i), leet);
  return out;
}

function plain(char: string, leet: boolean): string {
  if (leet && char in LEET) return LEET[char] ?? "";
  if ((char >= "a" && char <= "z") || (char >= "0" && char <= "9")) return char;
  if (char < "\u0080") return char >= "A" && char <= "Z" ? char.toLowerCase() : "";
  const latin = LOOKALIKES[char] ?? char;
  const letters = latin.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return [...letters]
    .map((unit) => PLAIN[unit] ?? unit)
    .join("")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** A text's letters and digits (or its digits alone), each with its offset in the text. */
export interface Skeleton {
  text: string;
  chars: string;
  at: number[];
  /** For each character, the last one up to it with too wide a gap before it. */
  breaks: number[];
}

/**
 * `leet`: digits and signs that stand for letters become those letters. Four other characters may stand between two
 * of a value.
 */
export function skeleton(text: string, leet: boolean): Skeleton {
  return build(text, 4, (char) => plain(char, leet));
}

/** Digits in their groups: three other signs may stand between two of a value, but no letter and no end of a line. */
export function digitsOf(text: string): Skeleton {
  const wall = /[\p{L}\n]/u;
  return build(text, 3, (char) => (char >= "0" && char <= "9" ? char : wall.test(char) ? null : ""));
}

/** `read`: a character's plain form; null where no value goes on. */
function build(text: string, gap: number, read: (char: string) => string | null): Skeleton {
  const chars: string[] = [];
  const at: number[] = [];
  const breaks: number[] = [];
  let limit = -1;
  for (let i = 0; i < text.length; i++) {
    const units = read(text.charAt(i));
    if (units === null) limit = -1;
    for (const unit of units ?? "") {
      breaks.push(i > limit ? chars.length : (breaks.at(-1) ?? 0));
      chars.push(unit);
      at.push(i);
      limit = i + gap + 1;
    }
  }
  return { text, chars: chars.join(""), at, breaks };
}

/** Where character `i` stands in the text. */
export function startOf({ at }: Skeleton, i: number): number {
  return at[i] ?? 0;
}

/** Where the character before `j` ends. */
export function endOf({ at }: Skeleton, j: number): number {
  return (at[j - 1] ?? -1) + 1;
}

/** Whether no gap between the characters from `i` to before `j` is too wide. */
export function hangsTogether({ breaks }: Skeleton, i: number, j: number): boolean {
  return i >= 0 && j <= breaks.length && (breaks[j - 1] ?? 0) <= i;
}

/** Whether a value may begin at character `i`: no letter of the same word, no digit of the same number before it. */
export function begins({ text, at }: Skeleton, i: number): boolean {
  const start = at[i] ?? 0;
  return !touch(text.charAt(start - 1), text.charAt(start));
}

/** Whether a value may end before character `j`. */
export function ends({ text, at }: Skeleton, j: number): boolean {
  const last = at[j - 1] ?? 0;
  return !touch(text.charAt(last), text.charAt(last + 1));
}

function touch(left: string, right: string): boolean {
  if (/\d/.test(left)) return /\d/.test(right);
  if (!/\p{L}/u.test(left) || !/\p{L}/u.test(right)) return false;
  return !(/\p{Ll}/u.test(left) && /\p{Lu}/u.test(right));
}
