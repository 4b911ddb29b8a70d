import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { CannotRun } from "../place.ts";
import { environmentFor } from "../services/environment.ts";

/** Parameters of a URL, and the variables by which libpq is told the same. */
const VARIABLES = [
  ["sslmode", "PGSSLMODE"],
  ["sslrootcert", "PGSSLROOTCERT"],
  ["sslcert", "PGSSLCERT"],
  ["sslkey", "PGSSLKEY"],
] as const;

/**
 * Runs pg_dump or pg_restore on a database; the password goes by the environment, which other users of the machine can't see.
 * @param onLine hears each line that it says
 * @param take gets what it writes to its standard output
 * @throws CannotRun with the last of what it said
 */
export async function runPg(
  program: "pg_dump" | "pg_restore",
  url: string,
  args: string[],
  onLine: (line: string) => void = () => undefined,
  take: (output: Readable) => Promise<void> = async (output) => void output.resume(),
): Promise<void> {
  const child = spawn(program, args, {
    env: { ...environmentFor(), ...variablesOf(new URL(url)) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").filter((one) => one !== "")) {
      said.push(line);
      onLine(line);
    }
  });
  const ended = once(child, "close").catch(() => {
    throw new CannotRun(
      `${program} is not on PATH: install PostgreSQL's client programs, of the server's version or newer.`,
    );
  });
  const [[code]] = await Promise.all([ended, take(child.stdout)]);
  if (code !== 0) throw new CannotRun(`${program} failed: ${said.slice(-5).join("\n") || `status ${code}`}`);
}

function variablesOf(url: URL): NodeJS.ProcessEnv {
  const tls = VARIABLES.flatMap(([parameter, variable]) => {
    const value = url.searchParams.get(parameter);
    return value === null ? [] : [[variable, value]];
  });
  return {
    PGHOST: url.hostname,
    PGPORT: url.port || "5432",
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    ...Object.fromEntries(tls),
  };
}
