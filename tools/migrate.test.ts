import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { prepareDatabase } from "../store/db/prepare.ts";
import { connected } from "../testing/database-admin.ts";
import { createDatabase, type TestDatabase } from "../testing/database.ts";
import { configFor } from "../testing/hospital.ts";
import { runTool } from "../testing/tool.ts";

let database: TestDatabase;
/** The URL of a plain login, which the nodes have. */
let nodes: string;
beforeEach(async () => {
  database = await createDatabase();
  const url = new URL(database.url);
  const name = `${url.username}_nodes`;
  await connected(inject("databaseUrl"), (admin) =>
    admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`),
  );
  [url.username, url.password] = [name, "secret"];
  nodes = url.href;
});
afterEach(() => database.drop());

const migrate = (env: NodeJS.ProcessEnv) => runTool("migrate", [], env);

it("prepares a database with the owner's login, without any key, for nodes that have their own alone", async () => {
  await expect(prepareDatabase(configFor(nodes))).rejects.toThrow("npm run migrate");
  const env = { DATABASE_URL: nodes, DATABASE_MIGRATION_URL: database.url };
  for (let time = 0; time < 2; time += 1)
    expect(await migrate(env)).toMatchObject({
      status: 0,
      err: "",
      out: expect.stringContaining("prepared"),
    });
  expect(await prepareDatabase(configFor(nodes))).toBe(nodes);
});

it("says what is not set, and what PostgreSQL refuses", async () => {
  expect(await migrate({ DATABASE_URL: nodes })).toMatchObject({
    status: 2,
    err: expect.stringContaining("DATABASE_MIGRATION_URL: is not set"),
  });
  const refused = await migrate({ DATABASE_URL: nodes, DATABASE_MIGRATION_URL: nodes });
  expect(refused).toMatchObject({ status: 2, err: expect.stringContaining("permission denied") });
  const strong = await migrate({ DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.url });
  expect(strong).toMatchObject({ status: 2, err: expect.stringContaining("owns the") });
});
