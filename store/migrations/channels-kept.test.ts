import { expect, it } from "vitest";
import { createDatabase } from "../../testing/database.ts";
import { openDatabase } from "../db/knex.ts";
import { migrationSource } from "./index.ts";

it("lets those who had confirmed an address of a plugin's channel keep what they have, and asks nothing for anybody else", async () => {
  const database = await createDatabase();
  const owner = openDatabase(database.url, { max: 1 });
  const all = await migrationSource.getMigrations([]);
  const before = {
    ...migrationSource,
    getMigrations: () => Promise.resolve(all.slice(0, all.indexOf("0112_channels_kept"))),
  };
  await owner.migrate.latest({ migrationSource: before, tableName: "schema_migrations" });
  const people: Record<string, [{ channel: string; verified: boolean }[], object | null]> = {
    none: [
      [
        { channel: "fax", verified: true },
        { channel: "pager", verified: true },
        { channel: "sms", verified: true },
      ],
      null,
    ],
    unconfirmed: [[{ channel: "fax", verified: false }], null],
    declined: [
      [
        { channel: "fax", verified: true },
        { channel: "pager", verified: true },
      ],
      { all: { fax: false }, order_update: { all: false } },
    ],
    nothing: [[{ channel: "fax", verified: true }], { all: { all: false } }],
    plain: [[{ channel: "sms", verified: true }], { all: { sms: false } }],
  };
  const setUp = async (): Promise<void> => {
    for (const [id, [points, wanted]] of Object.entries(people)) {
      await owner("users").insert({ id, name: "Somebody", email: `${id}@west.example` });
      if (wanted !== null)
        await owner("preferences").insert({
          user_id: id,
          settings: JSON.stringify({ wanted, time_zone: "UTC" }),
        });
      for (const { channel, verified } of points)
        await owner("contact_points").insert({
          user_id: id,
          channel,
          address: id,
          verified_at: verified ? new Date() : null,
        });
    }
  };
  for (const table of ["users", "preferences", "contact_points"])
    await owner.raw(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
  await setUp();
  for (const table of ["users", "preferences", "contact_points"])
    await owner.raw(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await owner.migrate.latest({ migrationSource, tableName: "schema_migrations" });
  await owner.raw("ALTER TABLE preferences NO FORCE ROW LEVEL SECURITY");
  const rows: { user_id: string; settings: { wanted: unknown } }[] = await owner("preferences").select(
    "user_id",
    "settings",
  );
  expect(Object.fromEntries(rows.map(({ user_id, settings }) => [user_id, settings.wanted]))).toEqual({
    none: { all: { fax: true, pager: true } },
    declined: { all: { fax: false, pager: true }, order_update: { all: false } },
    nothing: { all: { all: false } },
    plain: { all: { sms: false } },
  });
  await owner.destroy();
  await database.drop();
});
