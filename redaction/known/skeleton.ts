import { LOOKALIKES } from "../normalize.ts";

/** A text's letters and digits alone, in their plainest form, each with its offset in the text. */
export interface Skeleton {
  text: string;
  chars: string;
  at: number[];
}

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

/** `leet`: digits and signs that stand for letters become them. */
export function skeleton(text: string, leet = false): Skeleton {
  const chars: string[] = [];
  const at: number[] = [];
  for (let i = 0; i < text.length; i++) {
    for (const char of plain(text.charAt(i), leet)) {
      chars.push(char);
      at.push(i);
    }
  }
  return { text, chars: chars.join(""), at };
}

function plain(char: string, leet: boolean): string {
  if (leet && char in LEET) return LEET[char] ?? "";
  if (/[a-z0-9]/.test(char)) return char;
  if (char < "\u0080") return /[A-Z]/.test(char) ? char.toLowerCase() : "";
  const latin = LOOKALIKES[char] ?? char;
  const bare = latin.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return [...bare]
    .map((unit) => PLAIN[unit] ?? unit)
    .join("")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * Every place where `value` stands, apart from neighbouring letters and digits. Up to `gap` other characters may stand
 * between two of its own.
 */
export function* places(
  value: string,
  { text, chars, at }: Skeleton,
  gap: number,
): Generator<{ start: number; end: number }> {
  if (value === "") return;
  for (let i = chars.indexOf(value); i >= 0; i = chars.indexOf(value, i + 1)) {
    const start = at[i] ?? 0;
    const end = (at[i + value.length - 1] ?? 0) + 1;
    if (touches(text, start - 1, start) || touches(text, end - 1, end)) continue;
    let fits = true;
    for (let j = i + 1; fits && j < i + value.length; j++) fits = (at[j] ?? 0) - (at[j - 1] ?? 0) <= gap + 1;
    if (fits) yield { start, end };
  }
}

function touches(text: string, left: number, right: number): boolean {
  const a = text.charAt(left);
  const b = text.charAt(right);
  return (
    (/\p{L}/u.test(a) && /\p{L}/u.test(b) && !(/\p{Ll}/u.test(a) && /\p{Lu}/u.test(b))) ||
    (/\d/.test(a) && /\d/.test(b))
  );
}
