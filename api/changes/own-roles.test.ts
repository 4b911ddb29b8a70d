import { describe, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import {
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
  events,
} from "./testing.ts";

useAdmins();

describe("a role of one's own", () => {
  const NORTH = [{ territory_id: "north", role: "supervisor" }];

  it("is granted by nobody to themself, not by confirming either, nor past the API", async () => {
    for (const body of [{ memberships: NORTH }, { roles: ["admin", "auditor"] }])
      expect((await change("admin-1", body)).status, JSON.stringify(body)).toBe(403);
    expect((await change("admin-1", { roles: ["admin"], name: "Same" })).status).toBe(200);
    const id = await ask("admin-2", { roles: ["admin", "auditor"] });
    expect((await confirm(id, two)).status).toBe(403);
    expect((await confirm(id, three)).status).toBe(200);
    const row = { user_id: "admin-1", territory_id: "north", role: "supervisor" };
    await expect(
      actAs(hospital.knex, "user:admin-1", (trx) => trx("memberships").insert(row)),
    ).rejects.toMatchObject({ code: "42501" });
    await expect(
      actAs(hospital.knex, "user:admin-1", (trx) =>
        trx("memberships").where({ user_id: "north-2" }).update({ user_id: "admin-1" }),
      ),
    ).rejects.toMatchObject({ code: "42501" });
  });

  it("shows no original where it is owed to themself, by way of an admin of their own making", async () => {
    await owner.query("UPDATE users SET disabled_at = now() WHERE id IN ('admin-2', 'admin-3')");
    const puppet = await aPerson(hospital, { id: "puppet", territory: "south", password: PASSWORD });
    expect((await change(puppet.id, { roles: ["admin"] })).status).toBe(200);
    const clinician = { memberships: [{ territory_id: "north", role: "clinician" }] };
    expect((await change("admin-1", clinician, puppet)).status).toBe(200);
    const send = { user_id: "admin-1", territory_id: "north" };
    const notification = await hospital.accept("north-1", send);
    await hospital.persist(notification);
    const reveal = () => server.post(`/api/notifications/${notification}/reveal`, undefined, by(one));
    expect((await server.get(`/api/notifications/${notification}`, by(one))).status).toBe(200);
    expect((await reveal()).status).toBe(403);
    expect((await events("notification.reveal")).at(-1)).toMatchObject({
      actor: "user:admin-1",
      outcome: "denied",
    });

    // Taking the puppet's role away hides nothing; another admin's word counts.
    await owner.query("DELETE FROM memberships WHERE user_id = 'puppet'");
    expect((await reveal()).status).toBe(403);
    await owner.query("UPDATE users SET disabled_at = NULL WHERE id = 'admin-2'");
    expect((await change("admin-1", { memberships: [] }, two)).status).toBe(200);
    expect((await change("admin-1", clinician, two)).status).toBe(200);
    expect(await reveal()).toMatchObject({ status: 200, body: { message: "Potassium 6.8" } });
  });

  it("shows no original where an admin of their own making gave it, though another one confirmed that admin", async () => {
    await owner.query("DELETE FROM memberships WHERE user_id = 'admin-1' AND territory_id IS NOT NULL");
    const puppet = await aPerson(hospital, { id: "puppet-2", territory: "south", password: PASSWORD });
    expect((await confirm(await ask(puppet.id, { roles: ["admin"] }), two)).status).toBe(200);
    const clinician = { memberships: [{ territory_id: "north", role: "clinician" }] };
    expect((await change("admin-1", clinician, puppet)).status).toBe(200);
    const id = await hospital.accept("north-1", { user_id: "admin-1", territory_id: "north" });
    await hospital.persist(id);
    expect((await server.post(`/api/notifications/${id}/reveal`, undefined, by(one))).status).toBe(403);
  });
});

describe("a role that an admin takes and gives back", () => {
  const clinician = { memberships: [{ territory_id: "north", role: "clinician" }] };
  const given = async (id: string, admin: TestPerson | undefined): Promise<void> => {
    expect((await change(id, { memberships: [] }, admin)).status).toBe(200);
    expect((await change(id, clinician, admin)).status).toBe(200);
  };

  it("is owed as before where that admin owes theirs to its person, whoever gives it back, and anew where not", async () => {
    const made = await aPerson(hospital, { id: "made-by-one", territory: "south", password: PASSWORD });
    expect((await confirm(await ask(made.id, { roles: ["admin"] }), two)).status).toBe(200);
    await given("admin-1", two);
    const id = await hospital.accept("north-1", { user_id: "admin-1", territory_id: "north" });
    await hospital.persist(id);
    const reveal = async (): Promise<number> =>
      (await server.post(`/api/notifications/${id}/reveal`, undefined, by(one))).status;
    expect(await reveal()).toBe(200);
    await given("admin-1", made);
    expect(await reveal()).toBe(200);
    await given("admin-1", made);
    expect(await reveal()).toBe(200);
    // What another admin took, one of the own making does not bring back.
    expect((await change("admin-1", { memberships: [] }, two)).status).toBe(200);
    expect((await change("admin-1", clinician, made)).status).toBe(200);
    expect(await reveal()).toBe(403);
    // Nor is it kept as it is then.
    await given("admin-1", made);
    expect(await reveal()).toBe(403);
    await given("admin-1", two);
    expect(await reveal()).toBe(200);
    // A month later nobody can tell.
    expect((await change("admin-1", { memberships: [] }, made)).status).toBe(200);
    await owner.query("UPDATE taken_roles SET taken_at = now() - interval '31 days'");
    expect((await change("admin-1", clinician, made)).status).toBe(200);
    expect(await reveal()).toBe(403);
    await given("admin-1", two);
    await owner.query("DELETE FROM memberships WHERE user_id = 'made-by-one'");
  });

  it("stays owed to whom it was while its person is disabled and comes back", async () => {
    const person = await aPerson(hospital, { id: "back-again", territory: "south" });
    expect((await change(person.id, clinician, two)).status).toBe(200);
    for (const disabled of [true, false])
      expect((await change(person.id, { disabled }, three)).status).toBe(200);
    const { rows } = await owner.query(
      "SELECT active, because_of FROM memberships WHERE user_id = 'back-again' AND territory_id = 'north'",
    );
    expect(rows).toEqual([{ active: true, because_of: ["admin-2"] }]);
  });
});
