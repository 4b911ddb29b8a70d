import { OUTSIDE, type Signals } from "./signals.ts";

/** How many places the weights' table has for features. */
export const BITS = 16;

/** The features of one token: places in the table, and for each the number of its template. */
export interface Features {
  places: number[];
  templates: number[];
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
  "the two words before",
  "the kinds of the two words before",
  "the second word before",
  "the word after and what stands between",
  "the word after and its capitals",
  "the kind of word after",
  "the lists of it and of the word after",
  "the capitals of it and of the word after",
  "the two words after",
  "the kinds of the two words after",
  "the second word after",
  "the words before and after",
  "the kinds of the words before and after",
  "the word before and the lists",
  "the word after and the lists",
  "the terms after",
  "the terms before",
  "whether it stands elsewhere",
  "it and the word before",
  "it and the word after",
  "its kind of word",
  "the lists and the style of the message",
  "the kind of word before and the lists",
  "the kind of word after and the lists",
  "the rules and its capitals",
  "the rules, the lists and its capitals",
  "the rules about it and the words beside it",
  "the rules and the word",
  "the rules and the word before",
  "the rules and the word after",
  "the rules and the style of the message",
  "the rules and what stands around it",
  "the rules and the lists of terms",
] as const;

/** The features of the token at `i`, written over the old content of `into`. */
export function featuresOf(
  each: readonly Signals[],
  i: number,
  style: number,
  tail: number,
  into: Features,
): Features {
  const { places, templates } = into;
  places.length = 0;
  templates.length = 0;
  const s = each[i] ?? OUTSIDE;
  const [b, bb] = [each[i - 1] ?? OUTSIDE, each[i - 2] ?? OUTSIDE];
  const [a, aa] = [each[i + 1] ?? OUTSIDE, each[i + 2] ?? OUTSIDE];
  const gapAfter = i + 1 < each.length ? a.gap : tail;
  const lists = s.names * 5 + s.common;
  const put = (template: number, one: number, two = 0, three = 0): void => {
    let hash = Math.imul(one ^ Math.imul(template + 1, 0x9e3779b1), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ two, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 16) ^ three, 0x27d4eb2f);
    places.push((hash ^ (hash >>> 15)) >>> (32 - BITS));
    templates.push(template);
  };
  put(0, 0);
  put(1, s.id);
  put(2, s.shape, lists);
  put(3, s.shape, s.terms, s.names > 0 ? 1 : 0);
  put(4, s.shape, s.places, s.common);
  put(5, s.shape, style);
  for (const ending of s.endings) put(6, ending);
  put(7, s.shape, s.length);
  put(8, s.shape, s.gap);
  put(9, s.shape, gapAfter);
  put(10, s.gap, gapAfter, s.shape);
  put(11, lists, s.gap);
  put(12, lists, gapAfter);
  put(13, b.id, s.gap);
  put(14, b.id, s.shape);
  put(15, b.classes, s.shape, s.gap);
  put(16, b.names * 5 + b.common, lists, s.gap);
  put(17, b.shape, s.shape, s.gap);
  put(18, bb.id, b.id);
  put(19, bb.classes, b.classes);
  put(20, bb.id, s.shape);
  put(21, a.id, gapAfter);
  put(22, a.id, s.shape);
  put(23, a.classes, s.shape, gapAfter);
  put(24, a.names * 5 + a.common, lists, gapAfter);
  put(25, a.shape, s.shape, gapAfter);
  put(26, a.id, aa.id);
  put(27, a.classes, aa.classes);
  put(28, aa.id, s.shape);
  put(29, b.id, a.id);
  put(30, b.classes, a.classes, s.shape);
  put(31, b.id, lists);
  put(32, a.id, lists);
  put(33, a.terms, s.shape, lists);
  put(34, b.terms, s.shape, lists);
  put(35, s.again, s.shape, s.common);
  put(36, b.id, s.id);
  put(37, s.id, a.id);
  put(38, s.classes, s.shape);
  put(39, lists, style, s.shape);
  put(40, b.classes, lists);
  put(41, a.classes, lists);
  put(42, s.rule, s.shape);
  put(43, s.rule, lists, s.shape);
  put(44, s.rule, b.rule, a.rule);
  put(45, s.rule, s.id);
  put(46, s.rule, b.id);
  put(47, s.rule, a.id);
  put(48, s.rule, s.shape, style);
  put(49, s.rule, s.gap, gapAfter);
  put(50, s.rule, s.terms, s.names);
  return into;
}
