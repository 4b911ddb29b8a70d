import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { FIRST, hashFrom, hashOf, mixed, step } from "./hash.ts";
import { CLINICAL, COMMON, EVERYDAY } from "./kinds.ts";

export * from "./kinds.ts";

/**
 * All lists as `pack.ts` wrote them: words as their 32-bit hashes, 4 bytes each. They cost 2 MiB where a Set of the same
 * strings takes over 30; one unlisted word in 10,000 is taken for a listed one. The threads of a process share them.
 */
const SHARED = "tocsin lexicon";
/** Words whose hashes have the same upper 16 bits stand together. */
const GROUPS = 1 << 16;

const lists = shared();
const [count = 0, kinds = 0] = new Uint32Array(lists, 0, 2);
/** What a word is known as: each combination once. */
const facts = new Uint32Array(lists, 8, kinds);
/** Where each group begins. */
const starts = new Uint32Array(lists, 8 + 4 * kinds, GROUPS + 1);
/** Of each word the lower 16 bits of its hash, and the number of its facts. */
const words = new Uint16Array(lists, 8 + 4 * (kinds + GROUPS + 1), count);
const numbers = new Uint16Array(lists, 8 + 4 * (kinds + GROUPS + 1) + 2 * count, count);

function shared(): SharedArrayBuffer {
  const filled = getEnvironmentData(SHARED);
  if (filled instanceof SharedArrayBuffer) return filled;
  const file = openSync(new URL("lexicon.bin", import.meta.url), "r");
  const memory = new SharedArrayBuffer(fstatSync(file).size);
  if (readSync(file, new Uint8Array(memory)) < memory.byteLength) throw new Error("lexicon.bin was cut short");
  closeSync(file);
  setEnvironmentData(SHARED, memory);
  return memory;
}

/** Everything that the word with this hash is known as; 0 where it is in no list. */
function entryAt(hash: number): number {
  const group = hash >>> 16;
  const word = hash & 0xffff;
  const end = starts[group + 1] ?? 0;
  for (let i = starts[group] ?? 0; i < end; i++) if (words[i] === word) return facts[numbers[i] ?? 0] ?? 0;
  return 0;
}

/** The kinds of a word in lower case, or of a phrase with single spaces; 0 where it is in no list. */
export function lookup(word: string): number {
  return entryAt(hashOf(word)) & 0xffff;
}

/** The same for two words in a row. */
export function lookupPair(one: string, two: string): number {
  return entryAt(mixed(hashFrom(step(hashFrom(FIRST, one), 32), two))) & 0xffff;
}

/**
 * What `lookup` answers, and above its 16 bits the kind of thing, deed or property that the word mostly means; 0 for a meaning that is not known.
 */
export function entryOf(word: string): number {
  return entryAt(hashOf(word));
}

/** Words that others may be slips of, a bit for each by the first bits of its hash: most of what is sought is none of them. */
const SLIPPED = EVERYDAY | COMMON | CLINICAL;
const BITS = 18;
let slipped: Uint32Array | undefined;

function bitsOfSlipped(): Uint32Array {
  const bits = new Uint32Array(1 << (BITS - 5));
  for (let group = 0; group < GROUPS; group++)
    for (let i = starts[group] ?? 0; i < (starts[group + 1] ?? 0); i++) {
      if (((facts[numbers[i] ?? 0] ?? 0) & SLIPPED) === 0) continue;
      const at = ((group << 16) | (words[i] ?? 0)) >>> (32 - BITS);
      bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31));
    }
  return bits;
}

/** The most letters of a word that slips are sought in. */
const MOST = 16;
const codes = new Uint16Array(MOST);

/** The least letters of a word that may have one too many or one too few: nearly all of three letters are one from another. */
const LEAST = 4;

/** Whether a word of one of the kinds `wanted`, all of SLIPPED, is written with two letters swapped, one too many or one too few. */
export function isSlipOf(word: string, wanted: number): boolean {
  slipped ??= bitsOfSlipped();
  const length = Math.min(word.length, MOST);
  for (let i = 0; i < length; i++) codes[i] = word.charCodeAt(i);
  let before = FIRST;
  for (let i = 0; i < length; i++) {
    const [code = 0, next = 0] = [codes[i], codes[i + 1]];
    if (i + 1 < length && code !== next && isOf(step(step(before, next), code), i + 2, length, wanted))
      return true;
    if (length >= LEAST && isOf(before, i + 1, length, wanted)) return true;
    before = step(before, code);
    if (length < LEAST) continue;
    for (let letter = 97; letter < 123; letter++)
      if (isOf(step(before, letter), i + 1, length, wanted)) return true;
  }
  return false;
}

/** Whether what `before` is the hash of, and the letters of `codes` from `rest` on, is a word of the kinds `wanted`. */
function isOf(before: number, rest: number, length: number, wanted: number): boolean {
  let hash = before;
  for (let i = rest; i < length; i++) hash = step(hash, codes[i] ?? 0);
  const whole = mixed(hash);
  const at = whole >>> (32 - BITS);
  if (((slipped?.[at >>> 5] ?? 0) & (1 << (at & 31))) === 0) return false;
  return (entryAt(whole) & wanted) !== 0;
}
