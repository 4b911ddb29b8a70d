import type { Random } from "./random.ts";
import { capitalise, list, vocabulary } from "./words.ts";

const given = vocabulary("names-given");
const givenWords = vocabulary("names-given-words");
const nick = vocabulary("names-nick");
const family = vocabulary("names-family");
const familyWords = vocabulary("names-family-words");
const topFirst = list("top-first-names");
const anyFirst = list("first-names");
const topLast = list("top-surnames");
const anyLast = list("surnames");
const rare = list("rare-names");
const eponyms = vocabulary("eponyms");
const words = [...list("everyday"), ...list("common")].filter(
  (word) => /^[a-z]{4,9}$/.test(word) && !word.endsWith("s"),
);

/** The letters that follow each two letters in surnames, to make up more of their kind. */
const next = new Map<string, string[]>();
for (let i = 0; i < anyLast.length; i += 9) {
  const name = `^^${anyLast[i] ?? ""}$`;
  for (let j = 2; j < name.length; j++) {
    const key = name.slice(j - 2, j);
    next.set(key, [...(next.get(key) ?? []), name.charAt(j)]);
  }
}

/** A name that no list has, or hardly. */
export function inventedName(random: Random): string {
  for (;;) {
    let name = "^^";
    while (!name.endsWith("$") && name.length < 14) name += random.pick(next.get(name.slice(-2)) ?? ["$"]);
    if (name.endsWith("$") && name.length > 6) return capitalise(name.slice(2, -1));
  }
}

function oneFirst(random: Random): string {
  const at = random.next();
  if (at < 0.35) return random.pick(given);
  if (at < 0.68) return capitalise(random.pick(topFirst));
  if (at < 0.82) return capitalise(random.pick(anyFirst));
  if (at < 0.86) return capitalise(random.pick(rare));
  if (at < 0.92) return random.pick(givenWords);
  return inventedName(random);
}

function oneLast(random: Random): string {
  const at = random.next();
  if (at < 0.32) return random.pick(family);
  if (at < 0.64) return capitalise(random.pick(topLast));
  if (at < 0.76) return capitalise(random.pick(anyLast));
  if (at < 0.8) return capitalise(random.pick(rare));
  if (at < 0.88) return random.pick(familyWords);
  if (at < 0.9) return random.pick(eponyms);
  return inventedName(random);
}

/** The slots of names. */
export const PEOPLE: Record<string, (random: Random) => string> = {
  first: (random) =>
    random.chance(0.04)
      ? `${oneFirst(random)}${random.pick(["-", " "])}${oneFirst(random)}`
      : oneFirst(random),
  last: (random) => {
    const last = oneLast(random);
    const at = random.next();
    if (at < 0.03) return `${last}-${oneLast(random)}`;
    if (at < 0.05)
      return `${random.pick(["van", "de", "van der", "von", "de la", "al", "El", "Di", "St."])} ${last}`;
    if (at < 0.07) return `${random.pick(["O'", "Mc", "Mac", "D'"])}${last}`;
    return last;
  },
  wordfirst: (random) => random.pick(givenWords),
  wordlast: (random) => random.pick(familyWords),
  oddfirst: (random) => capitalise(random.pick(words)),
  oddlast: (random) => capitalise(random.pick(words)),
  eponymlast: (random) => random.pick(eponyms),
  nick: (random) => random.pick(nick),
  i: (random) => random.code("A"),
  initials: (random) => random.pick([random.code("AA"), random.code("A.A."), random.code("AAA")]),
};
