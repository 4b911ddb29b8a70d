import { randomBytes } from "node:crypto";
import pg from "pg";

/** Runs `work` as the login of `url`. */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database and its owner's login, both of the same name. */
export interface OwnedDatabase {
  name: string;
  url: string;
}

/**
 * Makes a database and the login that owns it, as the embedded default does: no superuser, but able to make the runtime's
 * login. It is empty, or a copy of `template`.
 */
export async function makeDatabase(
  adminUrl: string,
  runId: string,
  template?: string,
): Promise<OwnedDatabase> {
  const name = `tocsin_test_${runId}_${randomBytes(4).toString("hex")}`;
  const password = randomBytes(16).toString("hex");
  await connected(adminUrl, async (client) => {
    await client.query(`create role ${name} login nosuperuser createrole password '${password}'`);
    await client.query(`grant ${name} to current_user`);
    await client.query(`create database ${name} owner ${name} template ${template ?? "template1"}`);
  });
  if (template !== undefined)
    await connected(databaseOf(adminUrl, name), (client) =>
      client.query(`reassign owned by ${template} to ${name}`),
    );
  const url = new URL(databaseOf(adminUrl, name));
  [url.username, url.password] = [name, password];
  return { name, url: url.href };
}

/** Lets a database be copied by `makeDatabase`: its tables stay its login's, it becomes the admin's, so that copies take the tables alone. */
export async function makeTemplate(adminUrl: string, { name }: OwnedDatabase): Promise<void> {
  await connected(adminUrl, (client) => client.query(`alter database ${name} owner to current_user`));
}

function databaseOf(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database, whoever is connected to it, then its owner and every login that is named `<owner>_…`. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await connected(adminUrl, async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    const { rows } = await client.query<{ role: string }>(
      "select quote_ident(rolname) as role from pg_roles where starts_with(rolname, $1)",
      [`${name}_`],
    );
    for (const { role } of rows) await client.query(`drop role if exists ${role}`);
    await client.query(`drop role if exists ${name}`);
  });
}

/** Drops every database that the run made and hasn't dropped. */
export async function dropDatabases(adminUrl: string, runId: string): Promise<void> {
  const names = await connected(adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select rolname as name from pg_roles where starts_with(rolname, $1) and rolcreaterole",
      [`tocsin_test_${runId}_`],
    );
    return rows.map(({ name }) => name);
  });
  for (const name of names) await dropDatabase(adminUrl, name);
}
