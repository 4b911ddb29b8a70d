import { expect, it } from "vitest";
import { createDatabase } from "../../testing/database.ts";
import { openDatabase } from "../db/knex.ts";
import { migrate } from "../db/migrate.ts";
import { migrationSource } from "./index.ts";

it("takes what was confirmed before from the record, and nothing that was taken back", async () => {
  const database = await createDatabase();
  const owner = openDatabase(database.url, { max: 1 });
  const all = await migrationSource.getMigrations([]);
  await migrate(owner, {
    ...migrationSource,
    getMigrations: () => Promise.resolve(all.slice(0, all.indexOf("0047_confirmed"))),
  });
  const as = (actor: string) => owner.raw("SELECT set_config('app.actor', ?, false)", [actor]);
  await as("setup");
  await owner.raw("ALTER TABLE pending_changes NO FORCE ROW LEVEL SECURITY");
  await owner("users").insert(
    ["One", "Two"].map((id) => ({ id, name: id, email: `${id.toLowerCase()}@west.example` })),
  );
  const ask = async (over: boolean): Promise<string> => {
    const row = { kind: "person", subject_id: "Two", change: '{"grant": ["admin"]}', asked_by: "One" };
    const times = { expires_at: new Date(Date.now() + 1e9), over_at: over ? new Date() : null };
    const [{ id }] = await owner("pending_changes")
      .insert({ ...row, ...times })
      .returning("id");
    return id;
  };
  const [confirmed, withdrawn, open] = [await ask(true), await ask(true), await ask(false)];
  for (const [change_id, action, outcome] of [
    [confirmed, "change.confirm", "ok"],
    [withdrawn, "change.confirm", "denied"],
    [withdrawn, "change.withdraw", "ok"],
  ])
    await owner("audit_events").insert({
      ...{ actor: "setup", action, outcome, object_id: "Two", payload: JSON.stringify({ change_id }) },
    });
  await migrate(owner);
  await owner.raw("ALTER TABLE pending_changes NO FORCE ROW LEVEL SECURITY");
  const rows = await owner("pending_changes").select("id", "confirmed");
  expect(Object.fromEntries(rows.map(({ id, confirmed: was }) => [id, was]))).toEqual({
    [confirmed]: true,
    [withdrawn]: false,
    [open]: false,
  });
  await owner.destroy();
  await database.drop();
});
