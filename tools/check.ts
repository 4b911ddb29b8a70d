import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const ROOT = join(import.meta.dirname, "..");

interface Check {
  name: string;
  command: string;
  args: string[];
  /** Output that is a fault even when the command succeeds. */
  fault?: RegExp;
}

/** Before the others, since it generates the dashboard's files that they read. */
const FIRST: Check = {
  name: "the dashboard's types",
  command: "npm",
  args: ["run", "check", "--silent", "-w", "dashboard"],
};

/** The longest come first. */
const CHECKS: Check[] = [
  { name: "types", command: "tsc", args: ["-p", "."] },
  { name: "lint", command: "oxlint", args: ["--type-aware"] },
  { name: "imports", command: "depcruise", args: ["--config", "tools/imports/rules.ts", "."] },
  { name: "the API's document", command: "node", args: ["tools/openapi/main.ts"] },
  { name: "format", command: "prettier", args: ["--check", "--cache", "--log-level=warn", "."] },
  { name: "unused code and dependencies", command: "knip", args: ["--cache"] },
  // `npm ci` refuses a lock file that was made where some platform's packages can't be seen.
  { name: "lock file", command: "npm", args: ["ci", "--dry-run", "--ignore-scripts"], fault: /missing:/i },
];

/** How many tools run side by side. */
const AT_ONCE = 2;

/** Runs a tool, says how it went, and answers whether it passed. */
async function passes({ name, command, args, fault }: Check): Promise<boolean> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const output = out + err;
  const passed = status === 0 && fault?.test(output) !== true;
  console.log(`${passed ? "ok  " : "FAIL"}  ${name}`);
  if (!passed) console.log(output.trim());
  return passed;
}

/** `npm run check`: everything that can be found without running the program; all of it, then fails if any did. */
const passed = [await passes(FIRST)];
const left = CHECKS.values();
async function work(): Promise<void> {
  for (const check of left) passed.push(await passes(check));
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.exitCode = passed.every(Boolean) ? 0 : 1;
