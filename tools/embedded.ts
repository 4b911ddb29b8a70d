import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { place } from "./services/postgres-place.ts";

/** The folder that holds the embedded default's data. */
export const embeddedHome = (): string => process.env["TOCSIN_HOME"] || ".tocsin";

/** The URL that the embedded default's database has for its owner; null unless `npm start` runs it. */
export function embeddedUrl(home: string): string | null {
  const password = join(home, "owner.password");
  if (!existsSync(password)) return null;
  const { dataDir } = place(join(home, "postgres"), () => undefined);
  const pidFile = join(dataDir, "postmaster.pid");
  if (!existsSync(pidFile)) return null;
  const port = readFileSync(pidFile, "utf8").split("\n")[3];
  return `postgres://tocsin_owner:${readFileSync(password, "utf8").trim()}@127.0.0.1:${port}/tocsin`;
}
