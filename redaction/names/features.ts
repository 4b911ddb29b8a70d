import { OUTSIDE, type Signals } from "./signals.ts";

/** How many places the weights' table has for features. */
export const BITS = 17;

/** The most features that a token has: one of each template, and those of a word's letters. */
const MOST = 112;

/** The first `count` are the features of one token: places in the table, and for each the number of its template. */
export class Features {
  readonly places = new Uint32Array(MOST);
  readonly templates = new Uint8Array(MOST);
  count = 0;

  /** Adds the feature that a template makes of up to three facts. */
  put(template: number, one: number, two: number, three: number): void {
    let hash = Math.imul(one ^ Math.imul(template + 1, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ two, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 16) ^ three, 0x27d4eb2f);
    this.places[this.count] = (hash ^ (hash >>> 15)) >>> (32 - BITS);
    this.templates[this.count++] = template;
  }
}

/** The signal that each template looks at, in the words of the trial page. */
export const TEMPLATES = [
  "any word",
  "the word",
  "its capitals and the lists of names and words",
  "its capitals and the lists of terms",
  "its capitals and the lists of places",
  "its capitals in a message of this style",
  "its letters",
  "its length",
  "its capitals and what stands before it",
  "its capitals and what stands after it",
  "what stands around it",
  "the lists and what stands before it",
  "the lists and what stands after it",
  "the word before and what stands between",
  "the word before and its capitals",
  "the kind of word before",
  "the lists of it and of the word before",
  "the capitals of it and of the word before",
  "the kinds of the two words before",
  "the second word before",
  "the word after and what stands between",
  "the word after and its capitals",
  "the kind of word after",
  "the lists of it and of the word after",
  "the capitals of it and of the word after",
  "the kinds of the two words after",
  "the second word after",
  "the kinds of the words before and after",
  "the word before and the lists",
  "the word after and the lists",
  "the terms after",
  "the terms before",
  "whether it stands elsewhere",
  "its kind of word",
  "the lists and the style of the message",
  "the kind of word before and the lists",
  "the kind of word after and the lists",
  "what the word before means",
  "what the word after means",
  "what the words before and after mean",
  "what the word before means and the lists",
  "what the word after means and the lists",
  "what the two words before mean",
  "what the two words after mean",
  "what it means",
  "what it and the word before mean",
  "what it and the word after mean",
  "a sign, score or disease, and its capitals",
  "a sign, score or disease, and the lists",
  "a sign, score or disease, and the kinds of the words beside it",
  "whether it is a word with a slip of the fingers",
  "a slip, and the kinds of the words beside it",
  "its place among capitals",
  "its place among capitals, and the lists",
  "its place among capitals, and the style",
  "a place of care named after it",
  "a place of care named after it, and the lists",
  "the word before",
  "the word after",
  "what stands before and after it",
  "the lists of terms, names and words",
  "how often it is said, and its capitals",
  "how often it is said, and how many bear it as a name",
  "how often it is said, and the kind of word before",
  "how often it is said, and the kind of word after",
  "how often it is said, and what the word before means",
  "how often it is said, and what the word after means",
  "how many bear it as a name, its capitals and the style",
  "how many bear it as a name, and what the word before means",
  "how many bear it as a name, and what the word after means",
  "how many bear it as a name, and the kind of word before",
  "how many bear it as a name, and the kind of word after",
  "how many bear it as a name, and the lists of words",
  "how often it is said, and its place among capitals",
] as const;

/** The features of the token at `i`, written over the old content of `into`. */
export function featuresOf(
  each: readonly Signals[],
  i: number,
  style: number,
  tail: number,
  into: Features,
): Features {
  into.count = 0;
  const s = each[i] ?? OUTSIDE;
  const b = each[i - 1] ?? OUTSIDE;
  const bb = each[i - 2] ?? OUTSIDE;
  const a = each[i + 1] ?? OUTSIDE;
  const aa = each[i + 2] ?? OUTSIDE;
  const gapAfter = i + 1 < each.length ? a.gap : tail;
  const lists = s.names * 5 + s.common;
  into.put(0, 0, 0, 0);
  into.put(1, s.id, 0, 0);
  into.put(2, s.shape, lists, 0);
  into.put(3, s.shape, s.terms, s.names > 0 ? 1 : 0);
  into.put(4, s.shape, s.places, s.common);
  into.put(5, s.shape, style, 0);
  for (let k = 0; k < s.endings.length; k++) into.put(6, s.endings[k] ?? 0, 0, 0);
  into.put(7, s.shape, s.length, 0);
  into.put(8, s.shape, s.gap, 0);
  into.put(9, s.shape, gapAfter, 0);
  into.put(10, s.gap, gapAfter, s.shape);
  into.put(11, lists, s.gap, 0);
  into.put(12, lists, gapAfter, 0);
  into.put(13, b.id, s.gap, 0);
  into.put(14, b.id, s.shape, 0);
  into.put(15, b.classes, s.shape, s.gap);
  into.put(16, b.names * 5 + b.common, lists, s.gap);
  into.put(17, b.shape, s.shape, s.gap);
  into.put(18, bb.classes, b.classes, 0);
  into.put(19, bb.id, s.shape, 0);
  into.put(20, a.id, gapAfter, 0);
  into.put(21, a.id, s.shape, 0);
  into.put(22, a.classes, s.shape, gapAfter);
  into.put(23, a.names * 5 + a.common, lists, gapAfter);
  into.put(24, a.shape, s.shape, gapAfter);
  into.put(25, a.classes, aa.classes, 0);
  into.put(26, aa.id, s.shape, 0);
  into.put(27, b.classes, a.classes, s.shape);
  into.put(28, b.id, lists, 0);
  into.put(29, a.id, lists, 0);
  into.put(30, a.terms, s.shape, lists);
  into.put(31, b.terms, s.shape, lists);
  into.put(32, s.again, s.shape, s.common);
  into.put(33, s.classes, s.shape, 0);
  into.put(34, lists, style, s.shape);
  into.put(35, b.classes, lists, 0);
  into.put(36, a.classes, lists, 0);
  into.put(37, b.sense, s.shape, s.gap);
  into.put(38, a.sense, s.shape, gapAfter);
  into.put(39, b.sense, a.sense, s.shape);
  into.put(40, b.sense, lists, 0);
  into.put(41, a.sense, lists, gapAfter);
  into.put(42, bb.sense, b.sense, s.shape);
  into.put(43, a.sense, aa.sense, s.shape);
  into.put(44, s.sense, s.shape, 0);
  into.put(45, s.sense, b.sense, 0);
  into.put(46, s.sense, a.sense, 0);
  into.put(47, s.sign, s.shape, style);
  into.put(48, s.sign, s.names, s.terms);
  into.put(49, s.sign, b.classes, a.classes);
  into.put(50, s.slip, s.shape, style);
  into.put(51, s.slip, b.common, a.common);
  into.put(52, s.run, s.common, s.terms);
  into.put(53, s.run, lists, 0);
  into.put(54, s.run, style, s.gap);
  into.put(55, s.ahead, s.shape, style);
  into.put(56, s.ahead, s.places, lists);
  into.put(57, b.id, 0, 0);
  into.put(58, a.id, 0, 0);
  into.put(59, s.gap, gapAfter, 0);
  into.put(60, s.terms, s.names, s.common);
  into.put(61, s.usage, s.shape, 0);
  into.put(62, s.usage, s.bearers, s.shape);
  into.put(63, s.usage, b.classes, s.shape);
  into.put(64, s.usage, a.classes, s.shape);
  into.put(65, s.usage, b.sense, s.shape);
  into.put(66, s.usage, a.sense, s.shape);
  into.put(67, s.bearers, s.shape, style);
  into.put(68, s.bearers, b.sense, s.shape);
  into.put(69, s.bearers, a.sense, s.shape);
  into.put(70, s.bearers, b.classes, s.shape);
  into.put(71, s.bearers, a.classes, s.shape);
  into.put(72, s.bearers, s.common, s.shape);
  into.put(73, s.usage, s.run, 0);
  return into;
}
