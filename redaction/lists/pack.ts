/**
 * Packs all lists and vocabularies into `lexicon.bin`, which is used as it lies in the file: `npm run redaction:lists`,
 * after any of them has changed. With `--check` it writes nothing and fails where the file is not that of the lists.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fill } from "./fill.ts";

/**
 * Words in the order of their hashes: how many, and of how many different facts; these; where each group of words with
 * the same upper 16 bits begins; each word's lower 16 bits; the number of each word's facts.
 */
function pack(): Buffer {
  const words = new Map<number, number>();
  fill({
    add: (hash, facts) => words.set(hash, ((words.get(hash) ?? 0) | facts) >>> 0),
    factsOf: (hash) => words.get(hash) ?? 0,
  });
  const numbers = new Map<number, number>();
  const starts = new Uint32Array((1 << 16) + 1);
  const lower = new Uint16Array(words.size);
  const factsOf = new Uint16Array(words.size);
  let group = 0;
  [...words]
    .sort(([a], [b]) => a - b)
    .forEach(([hash, facts], i) => {
      const number = numbers.get(facts) ?? numbers.size;
      numbers.set(facts, number);
      while (group < hash >>> 16) starts[++group] = i;
      lower[i] = hash & 0xffff;
      factsOf[i] = number;
    });
  starts.fill(words.size, group + 1);
  const head = Uint32Array.of(words.size, numbers.size, ...numbers.keys());
  return Buffer.concat([head, starts, lower, factsOf].map(({ buffer }) => Buffer.from(buffer)));
}

const file = new URL("lexicon.bin", import.meta.url);
if (!process.argv.includes("--check")) writeFileSync(file, pack());
else if (!pack().equals(readFileSync(file))) process.exitCode = 1;
