import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { must } from "../config/must.ts";
import { type Postgres, startPostgres } from "../tools/services/postgres.ts";

/** A PostgreSQL that the pg_dump on PATH can dump: `shared` where it is old enough, else one of pg_dump's own version in `folder`. */
export async function findDumpable(
  shared: string,
  folder: string,
): Promise<Pick<Postgres, "url"> & { stop(): Promise<void> }> {
  const ours = majorOf(execFileSync("pg_dump", ["--version"], { encoding: "utf8" }));
  const client = new pg.Client({ connectionString: shared });
  await client.connect();
  const { rows } = await client.query("SHOW server_version");
  await client.end();
  if (majorOf(rows[0].server_version) <= ours) return { url: shared, stop: () => Promise.resolve() };
  const found =
    globSync(`/usr/lib/postgresql/${ours}/bin/postgres`)[0] ?? must(beside("postgres"), `PostgreSQL ${ours}`);
  return await startPostgres({
    dataDir: join(folder, "data"),
    log: join(folder, "postgres.log"),
    bin: dirname(found),
  });
}

const majorOf = (version: string): number => Number(/(\d+)(\.|$|\s)/.exec(version)?.[1]);

/** A program in the folder of pg_dump, as where Homebrew or PostgreSQL's own packages put it. */
function beside(program: string): string | undefined {
  const folder = execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim();
  return globSync(join(folder, program))[0];
}
