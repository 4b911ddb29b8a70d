import { execFile } from "node:child_process";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { environmentFor } from "./environment.ts";
import { existing, install } from "./go-program.ts";
import type { Rung } from "./ladder.ts";
import { cacheFolder, onPath } from "./on-path.ts";
import { download } from "./download.ts";

/** The last line of Redis under the BSD licence. */
const VERSION = "7.2.11";
/** Its sources, and their SHA-256 as https://github.com/redis/redis-hashes has it: what was changed on the way is not unpacked. */
const SOURCES = {
  url: `https://download.redis.io/releases/redis-${VERSION}.tar.gz`,
  sum: "2f9886eca68d30114ad6a01da65631f8007d802fd3e6c9fac711251e6390323d",
};

/** A build takes a minute or two on two cores; ms. */
const BUILD_TIMEOUT = 900_000;

/** The ways to a `redis-server`, best first. Two that build it at once do so apart: each puts it there in one step. */
export function redisPrograms(
  say: (line: string) => void = () => undefined,
  { url, sum } = SOURCES,
): Rung<string>[] {
  const cached = join(cacheFolder(), `redis-${VERSION}-${process.platform}-${process.arch}`, "redis-server");
  const build = async (folder: string): Promise<void> => {
    const archive = join(folder, "redis.tar.gz");
    await download(url, archive, sum, () => say("building Redis (a minute or two, once) …"));
    const run = promisify(execFile);
    const settings = { env: environmentFor(), timeout: BUILD_TIMEOUT, maxBuffer: 64 * 1_024 * 1_024 };
    await run(onPath("tar"), ["-xzf", archive, "-C", folder], settings);
    const source = join(folder, `redis-${VERSION}`, "src");
    await run(onPath("make"), ["-C", source, "-j2", "MALLOC=libc", "redis-server"], settings);
    renameSync(join(source, "redis-server"), join(folder, "redis-server"));
  };
  return [
    { name: "redis-server on PATH", get: () => onPath("redis-server") },
    { name: `${cached} from an earlier time`, get: () => works(existing(cached)) },
    { name: `build of ${url}`, get: () => install(cached, build, works) },
  ];
}

async function works(program: string): Promise<string> {
  await promisify(execFile)(program, ["--version"], { env: environmentFor(), timeout: 20_000 });
  return program;
}
