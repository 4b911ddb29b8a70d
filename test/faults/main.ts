/**
 * `npm run test:faults`: holds two nodes to their promises while they, their services, links and clocks fail.
 *
 *   --seed=N      the order of the faults and of the load; a new one unless given
 *   --minutes=N   how long faults go on (default 10)
 *   --keep=PATH   a folder for the nodes' logs, the ledger and the record
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { explain, summarize } from "./report.ts";
import { type Result, run } from "./run.ts";
import type { Site } from "./site.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, minutes: { type: "string" }, keep: { type: "string" } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const forMs = Number(values.minutes ?? 10) * 60_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`seed ${seed}`);
const { breaches } = await run({ seed, forMs, say }, (site, result) => {
  for (const line of [...explain(site, result), ...summarize(seed, result)]) say(line);
  if (values.keep !== undefined) keep(values.keep, site, result);
  return Promise.resolve();
});
process.exit(breaches.length === 0 ? 0 : 1);

function keep(folder: string, { nodes }: Site, { ledger, record }: Result): void {
  mkdirSync(folder, { recursive: true });
  for (const [index, node] of nodes.entries())
    writeFileSync(join(folder, `node-${index}.log`), node.lines().join("\n"));
  writeFileSync(
    join(folder, "ledger.json"),
    JSON.stringify(ledger, (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value)),
  );
  writeFileSync(join(folder, "record.json"), JSON.stringify(record));
}
