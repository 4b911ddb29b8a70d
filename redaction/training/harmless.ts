import type { Random } from "./random.ts";
import { list, vocabulary } from "./words.ts";

const FILES: Record<string, string> = {
  drug: "drugs",
  drugclass: "drug-classes",
  brand: "brands",
  product: "products",
  company: "companies",
  device: "devices",
  test: "tests",
  finding: "findings",
  procedure: "procedures",
  organism: "organisms",
  anatomy: "anatomy",
  eponym: "eponym-phrases",
  jargon: "jargon",
  abbr: "abbreviations",
  service: "services",
  ward: "wards",
  role: "roles",
  relation: "relations",
  unit: "units",
  freq: "frequencies",
  deed: "deeds",
  act: "thing-deeds",
  thing: "belongings",
};
const STATES =
  "Ohio,Texas,Iowa,Utah,Maine,Oregon,Nevada,Kansas,Florida,Georgia,Virginia,Michigan,Colorado,New York,OH,TX,IA,CA,NY,FL,PA,MN,WI,AZ".split(
    ",",
  );

const frequent = new Set(list("top-surnames"));
/** What is named after somebody, but for names that many bear: "Smith positive" is no sign. */
const signs = vocabulary("eponyms").filter((name) => !frequent.has(name.toLowerCase()));

/** The slots that must stay. */
export const HARMLESS: Record<string, (random: Random) => string> = {
  ...Object.fromEntries(
    Object.entries(FILES).map(([slot, file]) => {
      const words = vocabulary(file);
      return [slot, (random: Random) => random.pick(words)];
    }),
  ),
  sign: (random) => random.pick(signs),
  number: (random) =>
    random.pick([random.code("#"), random.code("##"), random.code("###"), random.code("#.#")]),
  dose: (random) =>
    `${random.pick([5, 10, 20, 40, 100, 250, 500])} ${random.pick(["mg", "mcg", "mL", "units", "g"])}`,
  time: (random) =>
    random.pick([
      `${random.int(10, 23)}:${random.int(10, 59)}`,
      `0${random.int(1, 9)}30`,
      `${random.int(1, 12)} pm`,
    ]),
  age: (random) => String(random.int(1, 89)),
  room: (random) => random.code(random.pick(["###", "###B"])),
  bed: (random) => random.code(random.pick(["#", "##", "#A"])),
  bp: (random) => `${random.int(90, 190)}/${random.int(40, 110)}`,
  weekday: (random) => random.pick("Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday".split(",")),
  year: (random) => String(random.int(1950, 2026)),
  state: (random) => random.pick(STATES),
  lang: (random) =>
    random.pick("Spanish,Tagalog,Somali,Arabic,Vietnamese,Russian,Haitian Creole,Hmong,Nepali".split(",")),
  icd: (random) => random.code("A##.#"),
  cpt: (random) => random.code("#####"),
  loinc: (random) => random.code("####-#"),
  snomed: (random) => random.code("########"),
};
