import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

interface Check {
  name: string;
  command: string;
  args: string[];
  /** Output that is a fault even when the command succeeds. */
  fault?: RegExp;
}

const CHECKS: Check[] = [
  // First, since it generates the dashboard's files that the others read.
  { name: "the dashboard's types", command: "npm", args: ["run", "check", "--silent", "-w", "dashboard"] },
  { name: "types", command: "tsc", args: ["-p", "."] },
  { name: "lint", command: "oxlint", args: ["--type-aware"] },
  { name: "imports", command: "depcruise", args: ["--config", "tools/imports/rules.ts", "."] },
  { name: "the API's document", command: "node", args: ["tools/openapi/main.ts"] },
  { name: "format", command: "prettier", args: ["--check", "--cache", "--log-level=warn", "."] },
  { name: "unused code and dependencies", command: "knip", args: [] },
  // `npm ci` refuses a lock file that was made where some platform's packages can't be seen.
  { name: "lock file", command: "npm", args: ["ci", "--dry-run", "--ignore-scripts"], fault: /missing:/i },
];

/** `npm run check`: everything that can be found without running the program; all of it, then fails if any did. */
let failed = 0;
for (const { name, command, args, fault } of CHECKS) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  const output = `${stdout}${stderr}`;
  const passed = status === 0 && fault?.test(output) !== true;
  console.log(`${passed ? "ok  " : "FAIL"}  ${name}`);
  if (!passed) console.log(output.trim());
  failed += passed ? 0 : 1;
}
process.exitCode = failed === 0 ? 0 : 1;
