/** What a UTF-16 unit is, as bits. A half of a surrogate pair is nothing by itself. */
export const LETTER = 1;
const MARK = 2;
export const NUMBER = 4;

/** Set in the table once a unit has been looked at. */
const SEEN = 128;
const table = new Uint8Array(1 << 16);

/** The bits of the unit at `at`; none beyond the ends of the text. */
export function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return table[code] || look(code);
}

function look(code: number): number {
  if (Number.isNaN(code)) return 0;
  return (table[code] = SEEN | bitsOf(String.fromCharCode(code)));
}

function bitsOf(char: string): number {
  return /\p{L}/u.test(char) ? LETTER : /\p{M}/u.test(char) ? MARK : /\p{N}/u.test(char) ? NUMBER : 0;
}

/** How many units the letter at `at` takes: 0 where there is none, 2 for one in a surrogate pair. */
export function letterAt(text: string, at: number): number {
  if ((kindAt(text, at) & LETTER) !== 0) return 1;
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code < 0xdc00 && isPairOf(text, at, /^\p{L}/u) ? 2 : 0;
}

/** The same for a letter or a mark on one. */
export function partOfWordAt(text: string, at: number): number {
  if ((kindAt(text, at) & (LETTER | MARK)) !== 0) return 1;
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code < 0xdc00 && isPairOf(text, at, /^[\p{L}\p{M}]/u) ? 2 : 0;
}

const isPairOf = (text: string, at: number, form: RegExp): boolean => form.test(text.slice(at, at + 2));
