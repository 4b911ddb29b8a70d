import { readFileSync } from "node:fs";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { FIRST, hashFrom, hashOf, mixed, step } from "./hash.ts";

export * from "./kinds.ts";

/**
 * All lists in one table: words as their 32-bit hashes with open addressing, 7 bytes a slot. It costs 7 MiB where a
 * Set of the same 510,000 strings takes over 30; one unlisted word in 10,000 is taken for a listed one. The threads of a
 * process share it: the first to load this file fills it, and those that it starts find it filled.
 */
const SLOTS = 1 << 20;
const SHARED = "tocsin lexicon";
const filled = getEnvironmentData(SHARED);
const memory = filled instanceof SharedArrayBuffer ? filled : new SharedArrayBuffer(7 * SLOTS);
const hashes = new Uint32Array(memory, 0, SLOTS);
const kinds = new Uint16Array(memory, 4 * SLOTS, SLOTS);
const senses = new Uint8Array(memory, 6 * SLOTS, SLOTS);

if (memory !== filled) {
  unpack(readFileSync(new URL("lexicon.bin", import.meta.url)));
  setEnvironmentData(SHARED, memory);
}

/** Reads what `pack.ts` wrote. Words come in the order of their hashes, which is nearly that of their slots. */
function unpack(file: Buffer): void {
  const [count, facts] = [file.readUInt32LE(0), file.readUInt32LE(4)];
  let number = 8 + 4 * facts;
  let at = number + 2 * count;
  let hash = 0;
  for (let i = 0; i < count; i++, number += 2) {
    for (let unit = 1; ; unit *= 128) {
      const byte = file[at++] ?? 0;
      hash += (byte & 127) * unit;
      if (byte < 128) break;
    }
    const slot = slotOf(hash);
    const fact = file.readUInt32LE(8 + 4 * ((file[number] ?? 0) + 256 * (file[number + 1] ?? 0)));
    hashes[slot] = hash;
    kinds[slot] = fact >>> 8;
    senses[slot] = fact & 255;
  }
}

/** Everything that a word in lower case, or a phrase with single spaces, is known as; 0 where it is in no list. */
export function lookup(word: string): number {
  return kinds[slotOf(hashOf(word))] ?? 0;
}

/** The same for two words in a row. */
export function lookupPair(one: string, two: string): number {
  return kinds[slotOf(mixed(hashFrom(step(hashFrom(FIRST, one), 32), two)))] ?? 0;
}

/**
 * What `lookup` answers, and above its 16 bits the kind of thing, deed or property that the word mostly means; 0 for a meaning that is not known.
 */
export function entryOf(word: string): number {
  const slot = slotOf(hashOf(word));
  return (kinds[slot] ?? 0) | ((senses[slot] ?? 0) << 16);
}

/** The most letters of a word that slips are sought in. */
const MOST = 16;
const codes = new Uint16Array(MOST);

/** Whether a word of one of the kinds `wanted` is written with two letters swapped, one too many or one too few. */
export function isSlipOf(word: string, wanted: number): boolean {
  const length = Math.min(word.length, MOST);
  for (let i = 0; i < length; i++) codes[i] = word.charCodeAt(i);
  let before = FIRST;
  for (let i = 0; i < length; i++) {
    const [code = 0, next = 0] = [codes[i], codes[i + 1]];
    if (isOf(before, i + 1, length, wanted)) return true;
    if (i + 1 < length && code !== next && isOf(step(step(before, next), code), i + 2, length, wanted)) return true;
    before = step(before, code);
    for (let letter = 97; letter < 123; letter++)
      if (isOf(step(before, letter), i + 1, length, wanted)) return true;
  }
  return false;
}

/** Whether what `before` is the hash of, and the letters of `codes` from `rest` on, is a word of the kinds `wanted`. */
function isOf(before: number, rest: number, length: number, wanted: number): boolean {
  let hash = before;
  for (let i = rest; i < length; i++) hash = step(hash, codes[i] ?? 0);
  return ((kinds[slotOf(mixed(hash))] ?? 0) & wanted) !== 0;
}

function slotOf(hash: number): number {
  let slot = hash >>> 12;
  while (hashes[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & (SLOTS - 1);
  return slot;
}
