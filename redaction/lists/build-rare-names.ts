/**
 * Makes `rare-names.txt`: names from all over the world that no other list here has. Their package is installed apart
 * from this project's own:
 *
 *     npm install --prefix DIR humannames@1.0.5
 *     node redaction/lists/build-rare-names.ts DIR
 *
 * Its notice is in NOTICE.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bare } from "../names/word.ts";

/** Lists of words that are more often something else, and of names that are known better. */
const OTHERS =
  "everyday common english clinical clinical-extra brands products proper proper-extra acronyms foreign first-names surnames given-extra cities".split(
    " ",
  );

const others = new Set(
  OTHERS.flatMap((name) => readFileSync(new URL(`${name}.txt`, import.meta.url), "utf8").split(/\s+/)),
);
const source = join(process.argv[2] ?? ".", "node_modules/humannames/list.txt");
const names = new Set(
  readFileSync(source, "utf8")
    .split(/[\s-]+/)
    .map(bare)
    .filter((name) => /^[a-z]{4,16}$/.test(name) && !others.has(name)),
);
writeFileSync(new URL("rare-names.txt", import.meta.url), `${[...names].sort().join("\n")}\n`);
process.stdout.write(`${names.size} names\n`);
