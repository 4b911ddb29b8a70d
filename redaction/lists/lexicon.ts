import { readFileSync } from "node:fs";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

/** The kinds of word; a word can be of several at once. */
export const EVERYDAY = 1;
export const COMMON = 2;
export const ENGLISH = 4;
export const CLINICAL = 8;
export const FIRST_NAME = 16;
export const SURNAME = 32;
export const CITY = 64;
export const PROPER = 128;
export const EPONYM = 256;
export const ACRONYM = 512;
export const FACILITY = 1024;
/** Scientific terms at large, as opposed to words of everyday messages. */
export const SCIENCE = 2048;
/** Among the 1,500 surnames, or the 1,600 first names, that most people in the United States bear. */
export const TOP_SURNAME = 4096;
export const TOP_FIRST_NAME = 8192;
/** Words of everyday and clinical messages in Spanish, German, French and Dutch. */
export const FOREIGN = 16384;
/** In no list of names but the longest one, of names from all over the world, which has many misspelled ones. */
export const RARE_NAME = 32768;

const LISTS: [string, number][] = [
  ["everyday", EVERYDAY],
  ["common", COMMON],
  ["english", ENGLISH],
  ["clinical", SCIENCE],
  ["clinical-extra", CLINICAL],
  ["brands", CLINICAL],
  ["products", PROPER],
  ["first-names", FIRST_NAME],
  ["given-extra", FIRST_NAME | SURNAME],
  ["surnames", SURNAME],
  ["top-surnames", TOP_SURNAME],
  ["top-first-names", TOP_FIRST_NAME],
  ["cities", CITY],
  ["proper", PROPER],
  ["proper-extra", PROPER],
  ["eponyms", EPONYM],
  ["acronyms", ACRONYM],
  ["facilities", FACILITY],
  ["foreign", FOREIGN],
  ["rare-names", RARE_NAME],
];

/** Vocabularies that the model is trained with: each word of theirs that is not one of everyday English. */
const VOCABULARIES: [string, number][] = [
  ["drugs", CLINICAL],
  ["drug-classes", CLINICAL],
  ["brands", CLINICAL],
  ["tests", CLINICAL],
  ["findings", CLINICAL],
  ["procedures", CLINICAL],
  ["organisms", CLINICAL],
  ["jargon", CLINICAL],
  ["products", PROPER],
  ["devices", PROPER],
  ["companies", PROPER],
  ["eponyms", EPONYM],
];

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
const flags = new Uint16Array(memory, 4 * SLOTS, SLOTS);
const senses = new Uint8Array(memory, 6 * SLOTS, SLOTS);

if (memory !== filled) {
  fillFromLists();
  fillFromVocabularies();
  fillCompounds();
  fillSenses();
  setEnvironmentData(SHARED, memory);
}

function fillFromLists(): void {
  for (const [name, flag] of LISTS) {
    const separator = /^(?:eponyms|acronyms|brands|.*-extra)$/.test(name) ? /\s+/ : "\n";
    for (const word of readFileSync(new URL(`${name}.txt`, import.meta.url), "utf8").split(separator))
      if (word !== "") add(word, flag);
  }
}

function fillFromVocabularies(): void {
  for (const [name, flag] of VOCABULARIES) {
    const text = readFileSync(new URL(`../training/vocabulary/${name}.txt`, import.meta.url), "utf8");
    for (const word of text.toLowerCase().split(/[^\p{L}\p{M}']+/u))
      if (word.length >= 3 && (lookup(word) & (EVERYDAY | COMMON)) === 0) add(word, flag);
  }
}

/** Terms of several words, such as "wolff parkinson white": each two words in a row. */
function fillCompounds(): void {
  for (const line of readFileSync(new URL("compounds.txt", import.meta.url), "utf8").split("\n")) {
    const words = line.split(" ");
    for (let i = 1; i < words.length; i++) add(`${words[i - 1]} ${words[i]}`, EPONYM);
  }
}

/** Each line: a kind of meaning and the words that mostly have it. */
function fillSenses(): void {
  const text = readFileSync(new URL("senses.txt", import.meta.url), "utf8");
  text.split("\n").forEach((line, kind) => {
    for (const word of line.split(" ").slice(1)) senses[slotOf(hashOf(word))] = kind + 1;
  });
}

function add(word: string, flag: number): void {
  const hash = hashOf(word);
  const slot = slotOf(hash);
  hashes[slot] = hash;
  flags[slot] = (flags[slot] ?? 0) | flag;
}

/** Everything that a word in lower case, or a phrase with single spaces, is known as; 0 where it is in no list. */
export function lookup(word: string): number {
  return flags[slotOf(hashOf(word))] ?? 0;
}

/**
 * What `lookup` answers, and above its 16 bits the kind of thing, deed or property that the word mostly means; 0 for a meaning that is not known.
 */
export function entryOf(word: string): number {
  const slot = slotOf(hashOf(word));
  return (flags[slot] ?? 0) | ((senses[slot] ?? 0) << 16);
}

/** FNV-1a over UTF-16 units, with a last mix; never 0, which marks an empty slot. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0 || 1;
}

function slotOf(hash: number): number {
  let slot = hash & (SLOTS - 1);
  while (hashes[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & (SLOTS - 1);
  return slot;
}
