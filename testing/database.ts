import { inject } from "vitest";
import { dropDatabase, makeDatabase } from "./database-admin.ts";

export interface TestDatabase {
  /** URL of the login that owns it: no superuser, but able to make the runtime's login. */
  url: string;
  /** Drops it, its owner and every login that is named `<owner>_…`; open connections are cut. */
  drop(): Promise<void>;
}

/** An empty database of its own on the run's PostgreSQL. */
export async function createDatabase(): Promise<TestDatabase> {
  const adminUrl = inject("databaseUrl");
  const { name, url } = await makeDatabase(adminUrl, inject("runId"));
  return { url, drop: () => dropDatabase(adminUrl, name) };
}
