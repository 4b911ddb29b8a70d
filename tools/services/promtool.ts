import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { environmentFor } from "./environment.ts";
import { existing, goInstall, install } from "./go-program.ts";
import { climb } from "./ladder.ts";
import { cacheFolder, onPath } from "./on-path.ts";

/** Prometheus 3.16. */
const VERSION = "v0.316.0";
const MODULE = `github.com/prometheus/prometheus/cmd/promtool@${VERSION}`;
/** Leaves out the clients of the clouds in which Prometheus finds what to scrape. */
const TAGS = "remove_all_sd";

const ADVICE = [
  "install Prometheus (Debian: apt-get install prometheus), so that promtool is on PATH",
  "install Go (https://go.dev/dl), so that it can be built",
];

/**
 * The path of promtool, which checks rules and runs their tests with Prometheus's own engine.
 * @throws StartProblem when there is no way to get it
 */
export function findPromtool(say: (line: string) => void): Promise<string> {
  const cached = join(cacheFolder(), `promtool-${VERSION}-${process.platform}-${process.arch}`, "promtool");
  const rungs = [
    { name: "promtool on PATH", get: () => works(onPath("promtool")) },
    { name: `${cached} from an earlier time`, get: () => works(existing(cached)) },
    {
      name: `go install ${MODULE}`,
      get: () =>
        install(cached, (folder) => goInstall(MODULE, folder, { name: "promtool", tags: TAGS, say }), works),
    },
  ];
  return climb("promtool", rungs, ADVICE);
}

async function works(program: string): Promise<string> {
  await promisify(execFile)(program, ["--version"], { env: environmentFor(), timeout: 20_000 });
  return program;
}
