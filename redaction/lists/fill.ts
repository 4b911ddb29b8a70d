import { readFileSync } from "node:fs";
import { FIRST, hashOf, mixed, step } from "./hash.ts";
import {
  ACRONYM,
  CITY,
  CLINICAL,
  COMMON,
  ENGLISH,
  EPONYM,
  EVERYDAY,
  FACILITY,
  FIRST_NAME,
  FIRST_RANK,
  FOREIGN,
  LAST_RANK,
  PROPER,
  RARE_NAME,
  SCIENCE,
  SENSE,
  SURNAME,
  TOP_FIRST_NAME,
  TOP_SURNAME,
  USAGE,
} from "./kinds.ts";

/** Files of words, one a line or apart by spaces. */
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
/** Files whose lines hold several words. */
const SPACED = /^(?:eponyms|acronyms|brands|.*-extra)$/;

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
  ["eponym-things", EPONYM],
];

/** What the lists are written to, by the hashes of words. */
export interface Table {
  /** Adds facts to those of a word. */
  add(hash: number, facts: number): void;
  factsOf(hash: number): number;
}

/** Reads all lists into a table. */
export function fill(table: Table): void {
  for (const [name, kind] of LISTS)
    for (const hash of hashesOf(bytesOf(`${name}.txt`), SPACED.test(name) ? SPACE : NEWLINE))
      table.add(hash, kind);
  fillPairs(table, "cities", CITY);
  fillPairs(table, "facilities", FACILITY);
  fillPairs(table, "compounds", EPONYM);
  fillFromVocabularies(table);
  fillEponyms(table);
  fillSenses(table);
  fillUsage(table);
}

const NEWLINE = 10;
const SPACE = 32;

const bytesOf = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));
const linesOf = (path: string): string[] => bytesOf(path).toString().trimEnd().split("\n");

/** The hashes of the entries, which lines or, with SPACE, spaces too keep apart. */
function hashesOf(bytes: Uint8Array, separator: number): Uint32Array {
  const hashes = new Uint32Array((bytes.length >> 1) + 1);
  let count = 0;
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    let hash = FIRST;
    let all = 0;
    for (
      let code = bytes[at] ?? NEWLINE;
      code !== NEWLINE && code !== separator;
      code = bytes[at] ?? NEWLINE
    ) {
      hash = step(hash, code);
      all |= code;
      at++;
    }
    if (at > start)
      hashes[count++] = all < 128 ? mixed(hash) : hashOf(decoder.decode(bytes.subarray(start, at)));
    at++;
  }
  return hashes.subarray(0, count);
}

const decoder = new TextDecoder();

/** Each two words in a row of the entries that have more. */
function fillPairs(table: Table, name: string, kind: number): void {
  for (const line of linesOf(`${name}.txt`)) {
    if (!/[ -]/.test(line)) continue;
    const words = line.split(/[ -]/);
    for (let i = 1; i < words.length; i++) table.add(hashOf(`${words[i - 1]} ${words[i]}`), kind);
  }
}

const isEveryday = (table: Table, hash: number): boolean => (table.factsOf(hash) & (EVERYDAY | COMMON)) !== 0;

function fillFromVocabularies(table: Table): void {
  for (const [name, kind] of VOCABULARIES)
    for (const line of linesOf(`../training/vocabulary/${name}.txt`))
      for (const word of line.toLowerCase().split(/[^\p{L}\p{M}']+/u)) {
        const hash = hashOf(word);
        if (word.length >= 3 && !isEveryday(table, hash)) table.add(hash, kind);
      }
}

/** Names of signs, scores and diseases: their words with a capital, and each two of these in a row. */
function fillEponyms(table: Table): void {
  for (const name of ["eponym-phrases", "wordnet-eponym-phrases"])
    for (const line of linesOf(`../training/vocabulary/${name}.txt`)) {
      let before = "";
      for (const word of line.split(/[ -]/)) {
        const bare = isProper(word) ? bareOf(word) : "";
        if (bare !== "" && !isEveryday(table, hashOf(bare))) table.add(hashOf(bare), EPONYM);
        if (bare !== "" && before !== "") table.add(hashOf(`${before} ${bare}`), EPONYM);
        before = bare;
      }
    }
}

const isProper = (word: string): boolean => word.length > 2 && /^\p{Lu}\p{L}*\p{Ll}/u.test(word);
const bareOf = (word: string): string =>
  word
    .replace(/['’]s$/, "")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();

/** Each line: a kind of meaning by its name, and the words that mostly have it. */
function fillSenses(table: Table): void {
  for (const [i, line] of linesOf("senses.txt").entries())
    for (const word of line.split(" ").slice(1)) table.add(hashOf(word), (i + 1) << SENSE);
}

const LEVELS: Record<string, (level: number) => number> = {
  word: (level) => level << USAGE,
  capital: (level) => (8 + level) << USAGE,
  last: (level) => level << LAST_RANK,
  first: (level) => level << FIRST_RANK,
};

/** Each line: what is counted and its level ("last.2"), and the words of that level. */
function fillUsage(table: Table): void {
  for (const line of linesOf("usage.txt")) {
    const [name = "", ...words] = line.split(" ");
    const [kind = "", level] = name.split(".");
    for (const word of words) table.add(hashOf(word), LEVELS[kind]?.(Number(level)) ?? 0);
  }
}
