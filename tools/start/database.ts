import pg from "pg";

const OWNER = "tocsin_owner";
const DATABASE = "tocsin";

/**
 * Makes the database and the login that owns it, unless they are there. The owner is no superuser; it can make the login
 * that the program runs with.
 *
 * @returns The owner's URL.
 */
export async function prepareOwner(superuserUrl: string, password: string): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const role = await client.query("select 1 from pg_roles where rolname = $1", [OWNER]);
    const verb = role.rowCount === 0 ? "create" : "alter";
    const secret = client.escapeLiteral(password);
    await client.query(`${verb} role ${OWNER} login nosuperuser nobypassrls createrole password ${secret}`);
    const database = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (database.rowCount === 0) await client.query(`create database ${DATABASE} owner ${OWNER}`);
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  [url.username, url.password, url.pathname] = [OWNER, password, `/${DATABASE}`];
  return url.href;
}
