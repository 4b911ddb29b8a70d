import { AT, LINKS, NOUNS } from "./facility-words.ts";
import {
  CREDENTIALS,
  EPONYM_NOUNS,
  EPONYM_WEAK_NOUNS,
  EVERYDAY_NAMES,
  INSTRUMENTS,
  NOBODY,
  OPENERS,
  PARTICLES,
  PATIENT_PARTICIPLES,
  PERSON_SLOTS,
  PERSON_VERBS,
  TITLES,
} from "./vocabulary.ts";
import { words } from "./words.ts";

const STATES = words(
  "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming",
);
const STREETS = words(
  "street st avenue ave road rd drive dr lane ln court ct way boulevard blvd place terrace circle parkway trail pike row highway hwy",
);
const DRUG_VERBS = words(
  "consider start starting started restart continue continued discontinue discontinued stop stopped hold held resume resumed taper titrate prescribe prescribed dispense dispensed refill taking takes took dose doses give gave given on allergic mg mcg ml tablet tablets",
);
const RELATIONS = words(
  "wife husband son daughter mother father brother sister spouse partner aunt uncle niece nephew grandmother grandfather friend neighbor guardian mom dad mum",
);

/** Classes of words, each a bit, by what a word tells of the words beside it. */
const CLASSES = [
  TITLES,
  CREDENTIALS,
  OPENERS,
  PERSON_SLOTS,
  NOBODY,
  PARTICLES,
  PATIENT_PARTICIPLES,
  PERSON_VERBS,
  new Set([...EPONYM_NOUNS, ...EPONYM_WEAK_NOUNS]),
  INSTRUMENTS,
  NOUNS,
  AT,
  LINKS,
  STATES,
  STREETS,
  DRUG_VERBS,
  RELATIONS,
  EVERYDAY_NAMES,
];

const classes = new Map<string, number>();
CLASSES.forEach((members, bit) => {
  for (const word of members) classes.set(word, (classes.get(word) ?? 0) | (1 << bit));
});

/** The classes of a word in lower case, as bits; 0 for most words. */
export function classOf(word: string): number {
  return classes.get(word) ?? 0;
}
