import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import ts from "typescript";
import { z } from "zod";
import { environmentFor } from "../services/environment.ts";
import { StartProblem } from "../services/problem.ts";
import type { History } from "./history.ts";

const ROOT = join(import.meta.dirname, "../..");
/** A folder for each version that was recorded: its histories, and what its workflows' code was. */
export const FIXTURES = join(ROOT, "test/replay");
const CODE = "code.json";

const Code = z.record(z.string(), z.string());

/** The paths of all histories that were ever recorded. */
export const listFixtures = (folder = FIXTURES): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json") && basename(path) !== CODE)
    .map((path) => join(folder, path))
    .toSorted();

/**
 * The name of what is recorded now: date and hash of the commit that it is recorded on.
 * @throws StartProblem outside of a clone
 */
export function currentVersion(): string {
  try {
    return execFileSync("git", ["log", "-1", "--format=%cs-%h", "--abbrev=8"], {
      cwd: ROOT,
      env: environmentFor(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch (cause) {
    throw new StartProblem("Histories are kept under their commit: record them in a clone, with git.", {
      cause,
    });
  }
}

/** Writes a history under a version and never over another: a second one of that name gets a number. Answers its path. */
export function saveFixture(history: History, version: string, name: string, folder = FIXTURES): string {
  const into = join(folder, version);
  mkdirSync(into, { recursive: true });
  for (let number = 1; ; number++) {
    const path = join(into, `${name}${number === 1 ? "" : `.${number}`}.json`);
    if (existsSync(path)) continue;
    writeFileSync(path, `${anonymous(history)}\n`, { flag: "wx" });
    return path;
  }
}

/** Process and host, as in a worker's identity and in the name of its sticky queue. */
const MACHINE = /^\d+@/;

/** The history without anything about the machine that recorded it. */
const anonymous = (history: History): string =>
  JSON.stringify(
    history,
    (key, value: unknown) => {
      if (key === "stackTrace") return "";
      return typeof value === "string" && MACHINE.test(value) ? "node" : value;
    },
    1,
  );

/** Notes for which code a version's histories stand. */
export function saveCode(version: string, folder = FIXTURES, code = codeOf()): void {
  mkdirSync(join(folder, version), { recursive: true });
  writeFileSync(join(folder, version, CODE), `${JSON.stringify(code, null, 1)}\n`);
}

/** Each file of the workflows and a hash of its code: comments and layout don't count. */
export function codeOf(folder = join(ROOT, "workflows")): Record<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.includes(".test."));
  return Object.fromEntries(
    files.toSorted().map((name) => {
      const { outputText } = ts.transpileModule(readFileSync(join(folder, name), "utf8"), {
        compilerOptions: {
          removeComments: true,
          target: ts.ScriptTarget.ESNext,
          module: ts.ModuleKind.ESNext,
        },
      });
      return [`workflows/${name}`, createHash("sha256").update(outputText).digest("base64url")] as const;
    }),
  );
}

/** What to do where the workflows' code is none that histories were recorded of; null where it is one. */
export function unrecorded(code = codeOf(), folder = FIXTURES): string | null {
  const versions = readdirSync(folder)
    .filter((version) => existsSync(join(folder, version, CODE)))
    .toSorted()
    .map((version) => ({
      version,
      code: Code.parse(JSON.parse(readFileSync(join(folder, version, CODE), "utf8"))),
    }));
  const changes = versions.map(({ version, code: of }) => ({ version, changed: differing(code, of) }));
  if (changes.some(({ changed }) => changed.length === 0)) return null;
  const nearest = changes.toSorted((a, b) => a.changed.length - b.changed.length)[0];
  const which = nearest === undefined ? "all of it" : nearest.changed.join(", ");
  return [
    `The workflows' code has changed since its histories were recorded${nearest === undefined ? "" : ` (${nearest.version})`}: ${which}.`,
    "Runs that are under way will be continued by it. If the old histories still replay (npx vitest run test/replay.test.ts), record how it goes now:",
    "`npm run replay:record`, and commit what it adds to test/replay. If they do not, guard the change with patched() first: docs/workflows.md.",
  ].join("\n");
}

const differing = (a: Record<string, string>, b: Record<string, string>): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]).toSorted();

/** A path as it is shown: from the tree's root. */
export const shownPath = (path: string): string => relative(ROOT, path);
