import pg from "pg";

/** A database with an owner of its own in a fresh cluster; answers its URL. */
export async function makeOwner(superuserUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  await client.query("CREATE ROLE site_owner LOGIN NOSUPERUSER CREATEROLE PASSWORD 'owner'");
  await client.query("CREATE DATABASE site OWNER site_owner");
  await client.end();
  const url = new URL(superuserUrl);
  url.username = "site_owner";
  url.password = "owner";
  url.pathname = "/site";
  return url.href;
}
