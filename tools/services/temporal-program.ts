import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { download as fetchArchive } from "./download.ts";
import { environmentFor } from "./environment.ts";
import { existing, goInstall, install } from "./go-program.ts";
import { climb, type Rung } from "./ladder.ts";
import { cacheFolder, onPath } from "./on-path.ts";

/** The newest version that `go install` can build: later ones carry a local `replace`. Temporal server 1.29.1. */
const VERSION = "v1.5.1";
const MODULE = `github.com/temporalio/cli/cmd/temporal@${VERSION}`;
/** Its release. */
const DOWNLOADS = `https://github.com/temporalio/cli/releases/download/${VERSION}`;
/** SHA-256 of the release's archives, by platform and architecture: what was changed on the way is not unpacked. */
const SUMS: Record<string, string> = {
  linux_amd64: "ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d",
  linux_arm64: "bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5",
  darwin_amd64: "bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9",
  darwin_arm64: "cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415",
};

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
export function temporalRungs(
  say: (line: string) => void,
  downloads = DOWNLOADS,
  sums = SUMS,
): Rung<string>[] {
  const cached = join(cacheFolder(), `temporal-${VERSION}-${process.platform}-${process.arch}`, "temporal");
  return [
    { name: "temporal on PATH", get: () => works(onPath("temporal")) },
    { name: `${cached} from an earlier time`, get: () => works(existing(cached)) },
    {
      name: `download from ${new URL(downloads).host}`,
      get: () => install(cached, (to) => download(to, downloads, sums, say), works),
    },
    {
      name: `go install ${MODULE}`,
      get: () => install(cached, (to) => goInstall(MODULE, to, { name: "the Temporal server", say }), works),
    },
  ];
}

async function works(program: string): Promise<string> {
  await promisify(execFile)(program, ["server", "start-dev", "--help"], {
    env: environmentFor(),
    timeout: 20_000,
  });
  return program;
}

/** @throws Error before anything is unpacked, where the archive is not the release's own */
async function download(
  folder: string,
  downloads: string,
  sums: Record<string, string>,
  say: (line: string) => void,
): Promise<void> {
  const target = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const sum = sums[target];
  if (sum === undefined) throw new Error(`no checksum is known for ${target}`);
  const archive = join(folder, `temporal_cli_${VERSION.slice(1)}_${target}.tar.gz`);
  await fetchArchive(`${downloads}/${basename(archive)}`, archive, sum, () =>
    say("downloading the Temporal server (about 40 MB, once) …"),
  );
  await promisify(execFile)(onPath("tar"), ["-xzf", archive, "-C", folder, "temporal"], {
    env: environmentFor(),
  });
}
