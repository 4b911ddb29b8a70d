import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { environmentFor } from "./environment.ts";
import { climb, type Rung } from "./ladder.ts";
import { isExecutable, onPath } from "./on-path.ts";
import { StartProblem } from "./problem.ts";

/** The headless shell first: it has no windows of its own, which cost a full browser more than a page does. */
const NAMES = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "microsoft-edge",
];
const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
const ADVICE = ["install Chromium or Chrome", "set CHROME_PATH to one you have"];

/**
 * The path of a Chromium for the browser tests.
 * @throws StartProblem when there is no way to get one.
 */
export function findChromium(): Promise<string> {
  return climb("a Chromium browser", chromiumRungs(), ADVICE);
}

/** The ways to a browser, best first. */
export function chromiumRungs(): Rung<string>[] {
  return [
    { name: "CHROME_PATH", get: given },
    { name: "a browser on PATH", get: async () => works(existsSync(MAC) ? MAC : onPath(...NAMES)) },
    { name: "Playwright's own download", get: downloaded },
    { name: "the package system (as root)", get: packaged },
  ];
}

async function given(): Promise<string> {
  const path = process.env["CHROME_PATH"];
  if (!path) throw new Error("not set");
  if (!isExecutable(path))
    throw new StartProblem(`CHROME_PATH is ${path}, which is no program that can be run.`);
  return works(path);
}

async function works(path: string): Promise<string> {
  await promisify(execFile)(path, ["--version"], { env: environmentFor(), timeout: 20_000 });
  return path;
}

async function downloaded(): Promise<string> {
  if (!existsSync(chromium.executablePath())) {
    const cli = join(
      dirname(createRequire(import.meta.url).resolve("playwright-core/package.json")),
      "cli.js",
    );
    await promisify(execFile)(process.execPath, [cli, "install", "chromium"], {
      env: environmentFor(),
      timeout: 180_000,
    });
  }
  return works(chromium.executablePath());
}

async function packaged(): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error("not root");
  const debian = ["install", "--yes", "--no-install-recommends"];
  const systems: [string, string[][]][] = [
    ["apt-get", [["update"], [...debian, "chromium-headless-shell"]]],
    // Releases before it was a package of its own.
    ["apt-get", [[...debian, "chromium"]]],
    ["apk", [["add", "chromium"]]],
    ["dnf", [["install", "-y", "chromium"]]],
  ];
  let fault: unknown = new Error("neither apt-get nor apk nor dnf is there");
  for (const [program, steps] of systems) {
    if (!isOnPath(program)) continue;
    try {
      for (const step of steps)
        await promisify(execFile)(onPath(program), step, { env: environmentFor(), timeout: 300_000 });
      return await works(onPath(...NAMES));
    } catch (error) {
      fault = error;
    }
  }
  throw fault;
}

function isOnPath(program: string): boolean {
  try {
    return onPath(program) !== "";
  } catch {
    return false;
  }
}
