import { describe, expect, it } from "vitest";
import type { Answer } from "../../testing/calls.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { User } from "../users/schema.ts";
import {
  IDENTITY,
  PASSWORD,
  hospital,
  server,
  owner,
  one,
  two,
  three,
  useAdmins,
  by,
  change,
  ask,
  confirm,
  read,
  waiting,
  events,
} from "./testing.ts";

useAdmins();

describe("a change about an admin", () => {
  const withdraw = (id: string, admin: TestPerson | undefined): Promise<Answer> =>
    server.delete(`/api/changes/${id}`, by(admin));

  it("is refused neither by that one nor by who owes them the role, unless they asked for it", async () => {
    const puppet = await aPerson(hospital, { id: "own-puppet", territory: "south", password: PASSWORD });
    expect((await confirm(await ask(puppet.id, { roles: ["admin"] }, two), one)).status).toBe(200);
    const about = await ask("admin-2", { roles: [] });
    for (const bound of [two, puppet]) expect((await withdraw(about, bound)).status).toBe(403);
    expect((await events("change.withdraw")).slice(-2)).toMatchObject([
      { actor: "user:admin-2", outcome: "denied" },
      { actor: "user:own-puppet", outcome: "denied" },
    ]);
    expect((await waiting()).map(({ change_id }) => change_id)).toEqual([about]);
    expect((await withdraw(about, three)).status).toBe(204);
    const own = await ask("admin-2", { disabled: true }, puppet);
    expect((await withdraw(own, two)).status).toBe(403);
    expect((await withdraw(own, puppet)).status).toBe(204);
    await owner.query("DELETE FROM memberships WHERE user_id = 'own-puppet'");
  });

  it("gives nobody anything whose email was changed after it was asked for; what was changed with it counts for nothing", async () => {
    const move = (id: string, more: object = {}): Promise<Answer> =>
      server.patch(`/api/users/${id}`, { email: `${id}-moved@elsewhere.example`, ...more }, by(one));
    for (const id of ["moved-1", "moved-2"])
      await aPerson(hospital, { id, territory: "north", password: PASSWORD });
    const grant = await ask("moved-1", { roles: ["auditor"] });
    expect((await move("moved-1")).status).toBe(200);
    expect((await confirm(grant, two)).status).toBe(409);
    expect((await read("moved-1")).roles).toEqual([]);
    // Both by one call.
    const both = await move("moved-2", { roles: ["auditor"] });
    const id = both.read(User).pending_changes.at(-1)?.change_id ?? "";
    expect((await confirm(id, two)).status).toBe(200);
    // What takes a role away goes on.
    const away = await ask("moved-2", { roles: [] });
    await owner.query("UPDATE users SET email_changed_at = clock_timestamp() WHERE id = 'moved-2'");
    expect((await confirm(away, two)).status).toBe(200);
    await owner.query("UPDATE pending_changes SET over_at = now() WHERE id = $1", [grant]);
  });

  it("is not hidden by hundreds of others that somebody else asked for before", async () => {
    await owner.query(
      `INSERT INTO pending_changes (kind, subject_id, change, asked_by, asked_at, expires_at)
       SELECT 'person', 'north-1', '{"invitation": true}', 'admin-2', now() - interval '1 hour', now() + interval '1 day'
       FROM generate_series(1, 600)`,
    );
    const about = await ask("admin-2", { roles: [] });
    const listed = await waiting();
    expect(listed).toHaveLength(500);
    expect(listed.at(-1)).toMatchObject({ change_id: about, asked_by: "admin-1" });
  });

  it("waits for no admin who is signed out over and over by that one: three times an hour", async () => {
    const signOut = (id: string): Promise<Answer> => server.delete(`/api/users/${id}/sessions`, by(two));
    for (const id of ["signed-out-1", "signed-out-2"]) await aPerson(hospital, { id, role: "auditor" });
    await aPerson(hospital, { id: "often", territory: "north" });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) statuses.push((await signOut("signed-out-1")).status);
    expect(statuses).toEqual([204, 204, 204, 429, 429]);
    expect((await events("user.sign_out")).at(-1)).toMatchObject({
      actor: "user:admin-2",
      outcome: "denied",
      payload: { status: 429 },
    });
    expect((await signOut("signed-out-2")).status).toBe(204);
    for (let count = 0; count < 5; count++) expect((await signOut("often")).status).toBe(204);
  });
});

it("an admin of one's own making confirms nothing for one while there is another", async () => {
  const accomplice = await aPerson(hospital, { id: "accomplice", territory: "south", password: PASSWORD });
  expect((await confirm(await ask(accomplice.id, { roles: ["admin"] }), two)).status).toBe(200);
  const id = await ask("north-1", { identity: { ...IDENTITY, subject: "north-1" } });
  expect((await confirm(id, accomplice)).status).toBe(403);
  expect((await confirm(id, three)).status).toBe(200);
  const other = await ask("north-1", { identity: null });
  await owner.query("UPDATE users SET disabled_at = now() WHERE id IN ('admin-2', 'admin-3', 'puppet-2')");
  expect((await confirm(other, accomplice)).status).toBe(200);
  expect((await events("change.confirm")).at(-1)).toMatchObject({ payload: { owed_to_asker: true } });
});

it("who had somebody made an admin, or another account of the same making, confirms nothing for that one while there is another", async () => {
  const made: TestPerson[] = [];
  for (const id of ["made-1", "made-2"]) {
    const person = await aPerson(hospital, { id, territory: "south", password: PASSWORD });
    expect((await confirm(await ask(id, { roles: ["admin"] }), two)).status).toBe(200);
    made.push(person);
  }
  const [first, second] = made;
  const third = await aPerson(hospital, { id: "made-3", territory: "south", password: PASSWORD });
  expect((await confirm(await ask(third.id, { roles: ["admin"] }, first), two)).status).toBe(200);
  const asked = await ask("north-1", { identity: { ...IDENTITY, subject: "of-mine" } }, first);
  expect((await confirm(asked, one)).status).toBe(403);
  expect((await confirm(asked, second)).status).toBe(403);
  expect((await confirm(asked, two)).status).toBe(200);
  // By way of another account too.
  const further = await ask("north-1", { identity: { ...IDENTITY, subject: "of-theirs" } }, third);
  for (const bound of [one, first, second]) expect((await confirm(further, bound)).status).toBe(403);

  const other = await ask("north-1", { identity: null }, first);
  await owner.query("UPDATE users SET disabled_at = now() WHERE id NOT IN ('admin-1', 'made-1', 'north-1')");
  expect((await confirm(other, one)).status).toBe(200);
  expect((await events("change.confirm")).at(-1)).toMatchObject({ payload: { bound_to_asker: true } });
});

it("the first admin, who had everybody made one, still keeps an admin's own accounts from confirming for that one", async () => {
  await owner.query("UPDATE users SET disabled_at = now() WHERE id NOT IN ('admin-1', 'north-1')");
  const admin = (id: string) => aPerson(hospital, { id, territory: "south", password: PASSWORD });
  const [alone, account, honest, wanted] = [
    await admin("alone"),
    await admin("account"),
    await admin("honest"),
    await admin("wanted"),
  ];
  expect((await change(alone.id, { roles: ["admin"] })).status).toBe(200);
  expect((await confirm(await ask(account.id, { roles: ["admin"] }, alone), one)).status).toBe(200);
  // Whoever confirms what another one asked for has nobody made anything.
  expect((await confirm(await ask(honest.id, { roles: ["admin"] }), alone)).status).toBe(200);
  // Nor does an admin tie others to themself by asking for what nobody confirms.
  const taken = await ask(wanted.id, { roles: ["admin"] }, alone);
  expect((await server.delete(`/api/changes/${taken}`, by(alone))).status).toBe(204);
  await ask(wanted.id, { roles: ["admin"] }, alone);
  expect((await confirm(await ask(wanted.id, { roles: ["admin"] }, honest), alone)).status).toBe(200);

  const asked = await ask("north-1", { identity: { ...IDENTITY, subject: "of-a-clinician" } }, alone);
  expect((await confirm(asked, account)).status).toBe(403);
  await owner.query("UPDATE users SET disabled_at = now() WHERE id = 'honest'");
  expect((await confirm(asked, account)).status).toBe(403);
  expect((await confirm(asked, wanted)).status).toBe(200);
  const next = await ask("north-1", { identity: null }, alone);
  await owner.query("UPDATE users SET disabled_at = now() WHERE id = 'wanted'");
  expect((await confirm(next, account)).status).toBe(403);
  expect((await confirm(next, one)).status).toBe(200);
});

it("whose making an admin is stays known when one in between is no admin any more", async () => {
  await owner.query("UPDATE users SET disabled_at = now() WHERE id NOT IN ('admin-1', 'north-1')");
  const admin = (id: string) => aPerson(hospital, { id, territory: "south", password: PASSWORD });
  const [between, account, other] = [await admin("between"), await admin("of-between"), await admin("other")];
  expect((await change(between.id, { roles: ["admin"] })).status).toBe(200);
  expect((await confirm(await ask(account.id, { roles: ["admin"] }, between), one)).status).toBe(200);
  expect((await confirm(await ask(between.id, { roles: [] }), account)).status).toBe(200);
  expect((await confirm(await ask(other.id, { roles: ["admin"] }), account)).status).toBe(200);
  const asked = await ask("north-1", { identity: { ...IDENTITY, subject: "by-way" } });
  expect((await confirm(asked, account)).status).toBe(200);
  expect((await events("change.confirm")).at(-1)).toMatchObject({ payload: { owed_to_asker: true } });
});
