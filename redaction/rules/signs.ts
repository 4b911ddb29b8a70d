/**
 * A first look at a text, in one pass: its signs and groups of three letters. Most rules seek something that most texts
 * hold no part of, and so need not be tried on them. A sign may be seen where what it stands for is not; never the other
 * way round.
 */
export class Signs {
  /** How many ASCII digits the text has. */
  digits = 0;
  /** How many letters, digits and underscores of ASCII stand in a row at most. */
  run = 0;
  /** Whether a letter and a digit of ASCII stand side by side, or with nothing but these signs between: - _ / # */
  mixed = false;
  /** The kinds of character, and of two in a row, that it has: bits of MARKS and PAIRS. */
  kinds = 0;
  readonly #seen = new Uint32Array(1 << 15);
  #look = 0;

  /** Looks at a text. What was known of the text before is forgotten. */
  look(text: string): this {
    const seen = this.#seen;
    const look = ++this.#look;
    let group = 0;
    let kinds = 0;
    let digits = 0;
    let run = 0;
    let longest = 0;
    let last = 0;
    let mixed = false;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const letter = code < 128 ? (LETTERS[code] ?? 0) : 0;
      if (letter === DIGIT_LETTER) digits++;
      run = letter === 0 && code !== UNDERSCORE ? 0 : run + 1;
      if (run > longest) longest = run;
      if (letter === 0) last = isJoint(code) ? last : 0;
      else {
        const kind = letter === DIGIT_LETTER ? 2 : 1;
        mixed ||= kind + last === 3;
        last = kind;
      }
      kinds |= code < 128 ? (MARKS[code] ?? 0) : BEYOND_ASCII;
      group = ((group << 5) | letter) & 0x7fff;
      kinds |= PAIRS[group & 1023] ?? 0;
      seen[group] = look;
    }
    seen[(group << 5) & 0x7fff] = look;
    this.kinds = kinds;
    this.digits = digits;
    this.run = longest;
    this.mixed = mixed;
    return this;
  }

  /** Whether the text has each of these groups. */
  hasAll(groups: Uint16Array): boolean {
    for (let i = 0; i < groups.length; i++) if (this.#seen[groups[i] ?? 0] !== this.#look) return false;
    return true;
  }
}

/** Whether a text has a sign. */
export type Sign = (signs: Signs) => boolean;

/** Letters are 1 to 26 in either case, digits 27, all else 0. */
const DIGIT_LETTER = 27;
const LETTERS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code).toLowerCase();
  return /[a-z]/.test(char) ? char.charCodeAt(0) - 96 : /\d/.test(char) ? DIGIT_LETTER : 0;
});

const UNDERSCORE = 95;
/** - _ / # */
const isJoint = (code: number): boolean => code === 45 || code === UNDERSCORE || code === 47 || code === 35;

/** One bit for each of these characters; digits and what is not ASCII have their own. */
const CHARS = "@:./|([{-+";
const BEYOND_ASCII = 1 << 20;
const DIGIT_BIT = 1 << 21;
const LETTER_THEN_DIGIT = 1 << 22;
const DIGIT_THEN_LETTER = 1 << 23;
const MARKS = Uint32Array.from({ length: 128 }, (_, code) => {
  const at = CHARS.indexOf(String.fromCharCode(code));
  return (at < 0 ? 0 : 1 << at) | (LETTERS[code] === DIGIT_LETTER ? DIGIT_BIT : 0);
});
const PAIRS = Uint32Array.from({ length: 1024 }, (_, pair) => {
  const one = pair >> 5;
  const two = pair & 31;
  const isLetter = (letter: number): boolean => letter > 0 && letter < DIGIT_LETTER;
  if (isLetter(one) && two === DIGIT_LETTER) return LETTER_THEN_DIGIT;
  return one === DIGIT_LETTER && isLetter(two) ? DIGIT_THEN_LETTER : 0;
});

const ofKind =
  (kinds: number): Sign =>
  (signs) =>
    (signs.kinds & kinds) !== 0;

export const digit = ofKind(DIGIT_BIT);
export const beyondAscii = ofKind(BEYOND_ASCII);
export const isAscii: Sign = (signs) => !beyondAscii(signs);
export const letterThenDigit = ofKind(LETTER_THEN_DIGIT);
export const digitThenLetter = ofKind(DIGIT_THEN_LETTER);

/** Any of these characters, each one of CHARS. */
export function anyOf(chars: string): Sign {
  let kinds = 0;
  for (const char of chars) {
    const at = CHARS.indexOf(char);
    if (at < 0) throw new Error(`no sign for ${char}`);
    kinds |= 1 << at;
  }
  return ofKind(kinds);
}

/** At least so many digits, anywhere. */
export const digits =
  (least: number): Sign =>
  (signs) =>
    signs.digits >= least;

/** At least so many letters, digits and underscores in a row. */
export const inARow =
  (least: number): Sign =>
  (signs) =>
    signs.run >= least;

/**
 * Any of these pieces of text, of three characters and more, apart by bars: letters stand for themselves in either case, 0
 * for any digit, and a space for all else.
 */
export function pieces(list: string): Sign {
  const all = list.split("|").map(groupsOf);
  return (signs) => {
    for (let i = 0; i < all.length; i++) if (signs.hasAll(all[i] ?? NONE)) return true;
    return false;
  };
}

const NONE = new Uint16Array();

function groupsOf(piece: string): Uint16Array {
  if (piece.length < 3) throw new Error(`too short for a sign: ${piece}`);
  const letters = Array.from(piece, (char) => (char < "\x80" ? (LETTERS[char.charCodeAt(0)] ?? 0) : 0));
  return Uint16Array.from(
    letters.slice(2),
    (letter, i) => ((letters[i] ?? 0) << 10) | ((letters[i + 1] ?? 0) << 5) | letter,
  );
}

export const either =
  (...some: Sign[]): Sign =>
  (signs) =>
    some.some((sign) => sign(signs));

export const both =
  (one: Sign, other: Sign): Sign =>
  (signs) =>
    one(signs) && other(signs);
