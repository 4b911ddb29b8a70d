import { OUTSIDE, type Sentence, type Signals } from "./signals.ts";
import { FACTS, TEMPLATES } from "./templates.ts";

/** How many places the weights' table has for features. */
export const BITS = 17;

/** The most features that a token has: one of each template, and those of a word's letters. */
const MOST = 112;

/** The first `count` are the features of one token: places in the table, and for each the number of its template. */
export class Features {
  readonly places = new Uint32Array(MOST);
  readonly templates = new Uint8Array(MOST);
  count = 0;
}

/** How many numbers a row has: a token's facts, and a 0 for templates of fewer than three. */
const WIDTH = FACTS.length + 1;
/** Templates look at this many tokens before and after. */
const REACH = 2;

/** The facts of a message's tokens, a row for each, and the hashes of their groups of letters. */
export interface Rows {
  facts: Int32Array;
  letters: (readonly number[])[];
}

export function rowsOf({ each, style, tail }: Sentence): Rows {
  const facts = new Int32Array((each.length + 2 * REACH) * WIDTH);
  for (let i = -REACH; i < each.length + REACH; i++) {
    const after = i + 1 < each.length ? (each[i + 1] ?? OUTSIDE).gap : tail;
    fillRow(facts, (i + REACH) * WIDTH, each[i] ?? OUTSIDE, after, style);
  }
  return { facts, letters: each.map(({ endings }) => endings) };
}

/** Writes a token's facts in the order of FACTS. */
function fillRow(facts: Int32Array, row: number, s: Signals, after: number, style: number): void {
  let at = row;
  facts[at++] = s.id;
  facts[at++] = s.shape;
  facts[at++] = s.names;
  facts[at++] = s.common;
  facts[at++] = s.terms;
  facts[at++] = s.places;
  facts[at++] = s.classes;
  facts[at++] = s.sense;
  facts[at++] = s.gap;
  facts[at++] = s.again;
  facts[at++] = s.sign;
  facts[at++] = s.slip;
  facts[at++] = s.usage;
  facts[at++] = s.bearers;
  facts[at++] = s.run;
  facts[at++] = s.ahead;
  facts[at++] = s.length;
  facts[at++] = after;
  facts[at++] = s.names * 5 + s.common;
  facts[at++] = s.names > 0 ? 1 : 0;
  facts[at++] = style;
}

/** Whether two tokens have all facts that templates look at in common, so that their features are the same. */
export function isSame(one: Rows, i: number, other: Rows, j: number): boolean {
  if (one.letters[i] !== other.letters[j]) return false;
  const [from, to] = [i * WIDTH, j * WIDTH];
  for (let k = 0; k < (2 * REACH + 1) * WIDTH; k++)
    if (one.facts[from + k] !== other.facts[to + k]) return false;
  return true;
}

/** Where each template's three facts lie, counted from the row of the token that it is for. */
const OFFSETS = Int32Array.from(
  TEMPLATES.flatMap(([, ...facts]) => {
    const offsets = facts.map((fact) => {
      const [, name, place] = /^([a-z]+)(.*)$/.exec(fact) ?? [];
      return FACTS.findIndex((one) => one === name) + Number(place) * WIDTH;
    });
    return [...offsets, WIDTH - 1, WIDTH - 1, WIDTH - 1].slice(0, 3);
  }),
);
/** What sets the features of a template apart from those of all others. */
const SEEDS = Int32Array.from(TEMPLATES, (_, template) => Math.imul(template + 1, 0x9e3779b1));
const LETTERS = TEMPLATES.findIndex(([, fact]) => fact === "letters");

/** The features of the token at `i`, written over the old content of `into`. */
export function featuresOf({ facts, letters }: Rows, i: number, into: Features): Features {
  const { places, templates } = into;
  const row = (i + REACH) * WIDTH;
  let count = 0;
  for (let template = 0; template < SEEDS.length; template++) {
    if (template === LETTERS) continue;
    const at = 3 * template;
    const one = facts[row + (OFFSETS[at] ?? 0)] ?? 0;
    const two = facts[row + (OFFSETS[at + 1] ?? 0)] ?? 0;
    const three = facts[row + (OFFSETS[at + 2] ?? 0)] ?? 0;
    templates[count] = template;
    places[count++] = placeOf(SEEDS[template] ?? 0, one, two, three);
  }
  const own = letters[i] ?? [];
  for (let k = 0; k < own.length; k++) {
    templates[count] = LETTERS;
    places[count++] = placeOf(SEEDS[LETTERS] ?? 0, own[k] ?? 0, 0, 0);
  }
  into.count = count;
  return into;
}

/** The place in the table of the feature that a template makes of up to three facts. */
function placeOf(seed: number, one: number, two: number, three: number): number {
  let hash = Math.imul(one ^ seed, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ two, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ three, 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> (32 - BITS);
}
