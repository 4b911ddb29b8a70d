import { expect, it } from "vitest";
import { createDatabase } from "../../testing/database.ts";
import { openDatabase } from "../db/knex.ts";
import { migrationSource } from "./index.ts";

it("brings the emails of people who were there before into the one form", async () => {
  const database = await createDatabase();
  const owner = openDatabase(database.url, { max: 1 });
  const all = await migrationSource.getMigrations([]);
  const before = {
    ...migrationSource,
    getMigrations: () => Promise.resolve(all.slice(0, all.indexOf("0013_emails"))),
  };
  await owner.migrate.latest({ migrationSource: before, tableName: "schema_migrations" });
  await owner.raw("SELECT set_config('app.actor', 'setup', false)");
  const emails = ["Ada.Example@West.Example", "b@west.example", "Çelik@west.example"];
  await owner("users").insert(emails.map((email, index) => ({ id: `u${index}`, name: "Somebody", email })));
  await owner.migrate.latest({ migrationSource, tableName: "schema_migrations" });
  await owner.raw("SELECT set_config('app.actor', 'setup', false)");
  expect(await owner("users").orderBy("id").pluck("email")).toEqual([
    "ada.example@west.example",
    "b@west.example",
    // Nobody signs in by this one any more; an admin gives its person another.
    "Çelik@west.example",
  ]);
  const other = { id: "u3", name: "Somebody else", email: "B@west.example" };
  await expect(owner("users").insert(other)).rejects.toThrow(/users_email_folded/);
  await owner.destroy();
  await database.drop();
});
