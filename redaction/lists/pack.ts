/**
 * Packs all lists and vocabularies into `lexicon.bin`, which is read in a tenth of the time: `npm run redaction:lists`,
 * after any of them has changed. With `--check` it writes nothing and fails where the file is not that of the lists.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fill } from "./fill.ts";

/** Each word: its hash as the distance from the one before in bytes of seven bits, the last without the eighth; then the number of its facts. */
function pack(): Buffer {
  const words = new Map<number, { kinds: number; sense: number }>();
  fill({
    add: (hash, kind) => {
      const word = words.get(hash);
      if (word === undefined) words.set(hash, { kinds: kind, sense: 0 });
      else word.kinds |= kind;
    },
    setSense: (hash, sense) => {
      const word = words.get(hash);
      if (word !== undefined) word.sense = sense;
    },
    kindsOf: (hash) => words.get(hash)?.kinds ?? 0,
  });
  const facts = new Map<number, number>();
  const distances: number[] = [];
  const numbers: number[] = [];
  let before = 0;
  for (const [hash, { kinds, sense }] of [...words].sort(([a], [b]) => a - b)) {
    let distance = hash - before;
    before = hash;
    for (; distance > 127; distance = Math.floor(distance / 128)) distances.push((distance & 127) | 128);
    distances.push(distance);
    const fact = kinds * 256 + sense;
    const number = facts.get(fact) ?? facts.size;
    facts.set(fact, number);
    numbers.push(number & 255, number >> 8);
  }
  const head = Uint32Array.from([words.size, facts.size, ...facts.keys()]);
  const bytes = Buffer.alloc(4 * head.length);
  head.forEach((number, i) => bytes.writeUInt32LE(number, 4 * i));
  return Buffer.concat([bytes, Buffer.from(numbers), Buffer.from(distances)]);
}

const file = new URL("lexicon.bin", import.meta.url);
if (!process.argv.includes("--check")) writeFileSync(file, pack());
else if (!pack().equals(readFileSync(file))) process.exitCode = 1;
