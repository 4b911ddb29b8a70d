import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule } from "vitest/node";
import type { Cost } from "./costs.ts";

/** How many are printed. */
const PRINTED = 10;
/** All files of the last run, the dearest first. */
const ALL = fileURLToPath(new URL("../node_modules/.cache/tocsin/costs.tsv", import.meta.url));

interface Row extends Cost {
  file: string;
  /** s, with the imports. */
  wall: number;
}

/** Says which test files took the most CPU, and writes down what each took. */
export default class Dearest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.map(rowOf).sort((a, b) => b.own - a.own);
    const lines = rows.map((row) =>
      [row.own, row.services, row.wall].map(rounded).concat(row.file).join("\t"),
    );
    const text = ["own CPU, s\tservices meanwhile, s\twall, s\tfile", ...lines, ""];
    mkdirSync(dirname(ALL), { recursive: true });
    writeFileSync(ALL, text.join("\n"));
    if (rows.length < 2) return;
    const own = rows.reduce((sum, row) => sum + row.own, 0);
    process.stdout.write(`\n ${rounded(own)} s of CPU in ${rows.length} files; all of them: ${ALL}\n`);
    for (const row of rows.slice(0, PRINTED))
      process.stdout.write(`${rounded(row.own).padStart(9)} s  ${row.file}\n`);
  }
}

function rowOf(module: TestModule): Row {
  const { own = 0, services = 0 } = module.meta().cost ?? {};
  const { duration, collectDuration, setupDuration } = module.diagnostic();
  const wall = (duration + collectDuration + setupDuration) / 1_000;
  return { file: module.relativeModuleId, own, services, wall };
}

const rounded = (seconds: number): string => seconds.toFixed(1);
