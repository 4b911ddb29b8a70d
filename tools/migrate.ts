import { createLog } from "../config/log.ts";
import { withTls } from "../config/postgres.ts";
import { DatabaseSetupError, migrateDatabase } from "../store/db/prepare.ts";
import { whenReachable } from "../store/db/reachable.ts";

const USAGE = `npm run migrate

Prepares the database for the nodes of this version: migrates it and gives their login its rights. Nodes that have that login alone
then need not hold the owner's. Safe beside running nodes, and to run again. It waits while PostgreSQL can't be reached. Exit
status: 0 prepared; 2 it can't be.

  DATABASE_URL             the login that the nodes run with
  DATABASE_MIGRATION_URL   the login that owns the tables
`;

async function main(): Promise<number> {
  const faults: string[] = [];
  const urlIn = (variable: string): string => {
    const url = process.env[variable];
    if (url) return withTls(url, variable, process.env, faults);
    faults.push(`${variable}: is not set`);
    return "";
  };
  const [url, ownerUrl] = [urlIn("DATABASE_URL"), urlIn("DATABASE_MIGRATION_URL")];
  if (faults.length > 0) {
    process.stderr.write(`${faults.map((fault) => `migrate: ${fault}`).join("\n")}\n\n${USAGE}`);
    return 2;
  }
  const log = createLog("info");
  await whenReachable(ownerUrl, { log, signal: new AbortController().signal }, () =>
    migrateDatabase(ownerUrl, url),
  );
  log.info("the database is prepared");
  return 0;
}

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const known = error instanceof DatabaseSetupError;
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`migrate: ${known ? why : `can't prepare the database: ${why}`}\n`);
    process.exitCode = 2;
  },
);
