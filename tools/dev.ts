import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";

/**
 * `npm run dev`: `npm start` that begins again when the program's code changes. `node --watch` would do, but it
 * has every worker thread send messages, which Temporal's SDK takes for its own. The dashboard has a
 * development server of its own: `npm run dev -w dashboard`.
 */
const ROOT = join(import.meta.dirname, "..");
const FOLDERS = [
  "activities",
  "api",
  "channels",
  "config",
  "node",
  "plugins",
  "redaction",
  "store",
  "tools/start",
  "workflows",
];
/** An editor that saves many files is one change. */
const SETTLE_MS = 200;

let child: ChildProcess | null = null;
let changed: NodeJS.Timeout | undefined;
let restarts = Promise.resolve();
let ending = false;

function begin(): void {
  const program = spawn(process.execPath, [join(ROOT, "tools/start/main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  child = program;
  program.once("exit", () => {
    if (child === program) child = null;
    if (ending) process.exit();
  });
}

async function again(): Promise<void> {
  if (child !== null) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  if (!ending) begin();
}

for (const folder of FOLDERS) {
  watch(join(ROOT, folder), { recursive: true }, (_event, file) => {
    if (file === null || !/\.(ts|sql)$/.test(file) || file.endsWith(".test.ts")) return;
    clearTimeout(changed);
    changed = setTimeout(() => {
      restarts = restarts.then(again);
    }, SETTLE_MS);
  });
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    ending = true;
    if (child === null) process.exit();
    child.kill(signal);
  });
}
begin();
