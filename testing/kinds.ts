import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/**
 * A test's kind, by its needs. `unit`: nothing outside its own process. `process`: programs that it starts itself.
 * `services`: the run's PostgreSQL, Temporal and Redis.
 */
export type Kind = "unit" | "process" | "services";

const IGNORED = ["node_modules", ".svelte-kit", "build"];
const INJECTS = /^import \{[^}]*\binject\b[^}]*\} from "vitest"/m;
const STARTS = /^import (?!type\b)[^;]*? from "node:child_process"/m;
/** The imports that the runtime loads; an import of types alone is erased. */
const IMPORTS = /(?:^(?:import|export) (?!type\b)[^;]*? from |^import |\bimport\()"(\.[^"]+)"/gm;

/** Every test file under `root`, by its kind: read from its own imports and those of the files that it imports. */
export function sortTests(root: string): Record<Kind, string[]> {
  const kinds: Record<Kind, string[]> = { unit: [], process: [], services: [] };
  const sources = new Map<string, Source>();
  const exclude = (name: string): boolean => IGNORED.includes(basename(name));
  for (const file of globSync("**/*.test.{ts,mjs}", { cwd: root, exclude }).sort())
    kinds[kindOf(join(root, file), sources)].push(relative(root, join(root, file)));
  return kinds;
}

interface Source {
  injects: boolean;
  starts: boolean;
  imports: string[];
}

function kindOf(test: string, sources: Map<string, Source>): Kind {
  let kind: Kind = "unit";
  const seen = new Set([test]);
  for (const path of seen) {
    const source = sources.get(path) ?? read(path);
    sources.set(path, source);
    if (source.injects) return "services";
    if (source.starts) kind = "process";
    for (const next of source.imports) seen.add(next);
  }
  return kind;
}

function read(path: string): Source {
  const text = readFileSync(path, "utf8");
  const imports = [...text.matchAll(IMPORTS)].map(([, to = ""]) => join(dirname(path), to));
  return {
    injects: INJECTS.test(text),
    starts: STARTS.test(text),
    imports: imports.filter((to) => /\.(ts|mjs)$/.test(to) && existsSync(to)),
  };
}
