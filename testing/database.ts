import { inject } from "vitest";
import { dropDatabase, makeDatabase } from "./database-admin.ts";

export interface TestDatabase {
  /** URL of the login that owns it: no superuser, but able to make the runtime's login. */
  url: string;
  /** Drops it, its owner and every login that is named `<owner>_…`; open connections are cut. */
  drop(): Promise<void>;
}

/** An empty database of its own on the run's PostgreSQL. */
export const createDatabase = (): Promise<TestDatabase> => create();

/** A migrated database without people on the run's PostgreSQL: a copy of the run's template, which costs a tenth of migrating one. */
export const createMigratedDatabase = (): Promise<TestDatabase> => create(inject("templateDatabase"));

async function create(template?: string): Promise<TestDatabase> {
  const adminUrl = inject("databaseUrl");
  const { name, url } = await makeDatabase(adminUrl, inject("runId"), template);
  return { url, drop: () => dropDatabase(adminUrl, name) };
}
