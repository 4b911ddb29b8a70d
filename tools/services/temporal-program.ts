import { environmentFor } from "./environment.ts";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { climb, type Rung } from "./ladder.ts";
import { cacheFolder, onPath } from "./on-path.ts";

/** The newest version that `go install` can build: later ones carry a local `replace`. Temporal server 1.29.1. */
const VERSION = "v1.5.1";
const MODULE = `github.com/temporalio/cli/cmd/temporal@${VERSION}`;
/** Where the Temporal SDKs' own downloader gets it. */
const DOWNLOADS = "https://temporal.download/cli/archive";

const ADVICE = [
  "install the Temporal CLI and start again: https://docs.temporal.io/cli#install",
  "install Go (https://go.dev/dl), so that it can be built",
  "use a Temporal server you have: set DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS together (for tests TEMPORAL_ADDRESS alone)",
];

/**
 * The path of a `temporal` program that has the development server.
 * @param say Told when a rung will take a while.
 * @throws StartProblem when there is no way to get one.
 */
export function findTemporal(say: (line: string) => void = () => undefined): Promise<string> {
  return climb("a Temporal server", temporalRungs(say), ADVICE);
}

/** The ways to get at the program, best first. */
export function temporalRungs(say: (line: string) => void, downloads = DOWNLOADS): Rung<string>[] {
  const cached = join(cacheFolder(), `temporal-${VERSION}-${process.platform}-${process.arch}`, "temporal");
  return [
    { name: "temporal on PATH", get: () => works(onPath("temporal")) },
    { name: `${cached} from an earlier time`, get: () => works(existing(cached)) },
    {
      name: `download from ${new URL(downloads).host}`,
      get: () => install(cached, (to) => download(to, downloads, say)),
    },
    { name: `go install ${MODULE}`, get: () => install(cached, (to) => build(to, say)) },
  ];
}

async function works(program: string): Promise<string> {
  await promisify(execFile)(program, ["server", "start-dev", "--help"], {
    env: environmentFor(),
    timeout: 20_000,
  });
  return program;
}

function existing(path: string): string {
  if (!existsSync(path)) throw new Error("not there");
  return path;
}

/** Lets `make` put the program into a folder of its own, then moves it into place in one step. */
async function install(path: string, make: (folder: string) => Promise<void>): Promise<string> {
  mkdirSync(dirname(dirname(path)), { recursive: true });
  const folder = mkdtempSync(`${dirname(path)}.`);
  try {
    await make(folder);
    await works(join(folder, basename(path)));
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(folder, basename(path)), path);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function download(folder: string, downloads: string, say: (line: string) => void): Promise<void> {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const body = new AbortController();
  const headers = setTimeout(() => body.abort(new Error("no answer within 10 s")), 10_000);
  const whole = setTimeout(() => body.abort(new Error("not finished within 5 minutes")), 300_000);
  try {
    const url = `${downloads}/${VERSION}?platform=${process.platform}&arch=${arch}`;
    const response = await fetch(url, { signal: body.signal }).catch((error: unknown) => {
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    clearTimeout(headers);
    say("downloading the Temporal server (about 40 MB, once) …");
    const tar = spawn(onPath("tar"), ["-xzf", "-", "-C", folder, "temporal"], {
      env: environmentFor(),
      stdio: ["pipe", "ignore", "ignore"],
    });
    const ended = once(tar, "close");
    await pipeline(Readable.fromWeb(response.body), tar.stdin);
    await ended;
    if (tar.exitCode !== 0) throw new Error("the download is no archive of it");
  } finally {
    clearTimeout(headers);
    clearTimeout(whole);
  }
}

async function build(folder: string, say: (line: string) => void): Promise<void> {
  const go = onPath("go");
  const began = Date.now();
  say("building the Temporal server with Go (5 to 10 minutes, once) …");
  const minute = setInterval(
    () => say(`  still building (${Math.round((Date.now() - began) / 60_000)} min) …`),
    60_000,
  );
  try {
    await promisify(execFile)(go, ["install", MODULE], {
      env: { ...environmentFor(), GOBIN: folder, GOFLAGS: "", GO111MODULE: "on", CGO_ENABLED: "0" },
      timeout: 1_800_000,
      cwd: folder,
    });
  } finally {
    clearInterval(minute);
  }
}
