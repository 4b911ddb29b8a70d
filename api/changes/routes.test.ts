import { describe, expect, it } from "vitest";
import { z } from "zod";
import { actAs } from "../../store/db/knex.ts";
import { invite } from "../../store/people/invitations.ts";
import { as } from "../../testing/calls.ts";
import { aPerson, older } from "../../testing/nouns.ts";
import { InvitedUser } from "../users/schema.ts";
import { ConfirmedChange } from "./schema.ts";
import {
  PASSWORD,
  IDENTITY,
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

describe("a change that one admin may not make alone", () => {
  it("waits until another one confirms it, once, on record", async () => {
    const { north1 } = hospital.people;
    await owner.query("UPDATE users SET name = 'First Admin' WHERE id = 'admin-1'");
    const id = await ask(north1.id, { name: "Renamed", roles: ["auditor"] });
    expect(await read(north1.id)).toMatchObject({
      name: "Renamed",
      roles: [],
      pending_changes: [{ change_id: id, change: { grant: ["auditor"] }, asked_by: "admin-1" }],
    });
    expect(await waiting()).toMatchObject([
      { change_id: id, subject_id: north1.id, subject_name: "Renamed", asker_name: "First Admin" },
    ]);
    expect((await confirm(id, one)).status).toBe(403);
    for (const person of [north1, hospital.people.auditor])
      expect((await confirm(id, person)).status).toBe(403);
    expect((await read(north1.id)).roles).toEqual([]);

    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(id, two)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 404),
    ]);
    expect((await read(north1.id)).roles).toEqual(["auditor"]);
    expect(await waiting()).toEqual([]);
    const confirmed = (await events("change.confirm")).filter(({ outcome }) => outcome === "ok");
    expect(confirmed).toMatchObject([
      { actor: "user:admin-2", object_id: north1.id, payload: { change_id: id, asked_by: "admin-1" } },
    ]);
    expect(await events("change.ask")).toMatchObject([
      { actor: "user:admin-1", object_id: north1.id, payload: { what: ["grant"] } },
    ]);
  });

  it("is any of roles in the installation, identities, a lost authenticator, a link for who can sign in, an admin's end", async () => {
    const person = await aPerson(hospital, { id: "guarded", territory: "north", password: PASSWORD });
    await actAs(hospital.knex, "sign-in", (trx) =>
      trx("second_factors").insert({
        user_id: person.id,
        key_id: "k",
        wrapped_key: "",
        sealed: "",
        confirmed_at: new Date(),
      }),
    );
    for (const body of [
      { roles: ["admin"] },
      { identity: IDENTITY },
      { identity: null },
      { second_factor: false },
    ])
      expect((await change(person.id, body)).status, JSON.stringify(body)).toBe(202);
    expect((await server.post(`/api/users/${person.id}/invitation`, undefined, by(one))).status).toBe(202);
    expect((await change("admin-3", { roles: [] })).status).toBe(202);
    expect((await change("admin-3", { disabled: true })).status).toBe(202);
    expect((await server.delete("/api/users/admin-3", by(one))).status).toBe(202);
    // Who oversees them is not got rid of by one of them.
    expect((await server.delete("/api/users/auditor", by(one))).status).toBe(202);
    expect((await change("auditor", { disabled: true })).status).toBe(202);
    expect(await read(person.id)).toMatchObject({
      roles: [],
      second_factor: true,
      pending_changes: { length: 5 },
    });
    expect(await read("admin-3")).toMatchObject({ roles: ["admin"], disabled_at: null });
    const { rows } = await owner.query("SELECT FROM invitations WHERE user_id = 'guarded'");
    expect(rows).toEqual([]);
    // What is left of the rules for everybody else.
    expect((await change(person.id, { memberships: [], disabled: true })).status).toBe(200);
  });

  it("is the email of whoever holds a role in the installation", async () => {
    const overseer = await aPerson(hospital, { id: "overseer", role: "auditor", password: PASSWORD });
    const [own, email, taken] = [overseer.email, "elsewhere@tocsin.example", "taken@tocsin.example"];
    const first = await ask(overseer.id, { email });
    const second = await ask(overseer.id, { email: taken });
    expect((await change(overseer.id, { email: own })).status).toBe(200);
    expect(await read(overseer.id)).toMatchObject({ email: own, pending_changes: { length: 2 } });
    expect((await server.get("/api/sessions", as(overseer))).status).toBe(200);
    expect((await confirm(first, two)).status).toBe(200);
    expect((await read(overseer.id)).email).toBe(email);
    expect((await server.get("/api/sessions", as(overseer))).status).toBe(401);
    // Somebody else's by then.
    expect((await change("north-1", { email: taken })).status).toBe(200);
    expect((await confirm(second, two)).status).toBe(409);
  });

  it("is what a new link for somebody who has signed in before waits for, though nothing is left to sign in with", async () => {
    const person = await aPerson(hospital, { id: "no-way-in", territory: "north" });
    const invite = () => server.post(`/api/users/${person.id}/invitation`, undefined, by(one));
    expect((await invite()).status).toBe(201);
    expect((await server.get("/api/sessions", by(person))).status).toBe(200);
    expect((await invite()).status).toBe(202);
  });

  it("makes nobody an admin or auditor who never signed in: who asked may hold the link", async () => {
    const body = { email: "new@tocsin.example", name: "Newcomer", memberships: [], roles: ["auditor"] };
    const made = (await server.post("/api/users", body, by(one))).read(InvitedUser);
    const id = made.user_id;
    const [waits] = (await read(id)).pending_changes;
    expect(await confirm(waits?.change_id ?? "", two)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("not signed in yet") },
    });
    const acceptance = { token: made.invitation.token, password: "another password that is long" };
    expect((await server.post("/api/invitations", acceptance)).status).toBe(204);
    // A link that was made meanwhile ends with it.
    const open = await server.post(`/api/users/${id}/invitation`, undefined, by(one));
    expect(open.status).toBe(202);
    await actAs(hospital.knex, `user:${one?.id}`, (trx) => invite(trx, id, older));
    expect((await confirm(waits?.change_id ?? "", two)).status).toBe(200);
    expect((await read(id)).roles).toEqual(["auditor"]);
    const { rows } = await owner.query("SELECT FROM invitations WHERE user_id = $1 AND over_at IS NULL", [
      id,
    ]);
    expect(rows).toEqual([]);
  });

  it("is a new link for an admin or auditor who has not come yet", async () => {
    const { id } = await aPerson(hospital, { id: "to-come", role: "auditor" });
    expect((await server.post(`/api/users/${id}/invitation`, undefined, by(one))).status).toBe(202);
  });

  it("is given once, though two asked for it", async () => {
    const { north2 } = hospital.people;
    expect((await server.get("/api/sessions", by(north2))).status).toBe(200);
    const asked = [
      await ask(north2.id, { roles: ["auditor"] }),
      await ask(north2.id, { roles: ["auditor"] }, two),
    ];
    expect((await confirm(asked[0] ?? "", three)).status).toBe(200);
    expect((await confirm(asked[1] ?? "", three)).status).toBe(409);
  });

  it("is the return of a disabled admin or auditor, who would count again as one", async () => {
    for (const id of ["admin-3", "auditor"]) {
      await owner.query("UPDATE users SET disabled_at = now() WHERE id = $1", [id]);
      const asked = await ask(id, { disabled: false });
      expect((await read(id)).disabled_at, id).not.toBeNull();
      expect(await waiting()).toMatchObject([{ change: { disabled: false } }]);
      expect((await confirm(asked, two)).status).toBe(200);
      expect((await read(id)).disabled_at).toBeNull();
    }
    await owner.query("UPDATE users SET disabled_at = now() WHERE id = 'north-1'");
    expect((await change("north-1", { disabled: false })).status).toBe(200);
  });

  it("ends the person's sessions when it is confirmed, tells them, and gives the invitation to who confirms", async () => {
    const person = await aPerson(hospital, { id: "linked", territory: "north", password: PASSWORD });
    const told = async (): Promise<unknown[]> =>
      (await hospital.asOwner("SELECT address, change FROM account_notices WHERE user_id = 'linked'")).map(
        ({ address, change }) => (address === person.email ? change : address),
      );
    expect((await server.get("/api/sessions", as(person))).status).toBe(200);
    const id = await ask(person.id, { identity: IDENTITY });
    expect((await server.get("/api/sessions", as(person))).status).toBe(200);
    expect(await told()).toEqual([]);
    expect((await confirm(id, two)).status).toBe(200);
    expect((await server.get("/api/sessions", as(person))).status).toBe(401);
    await owner.query(
      "INSERT INTO second_factors (user_id, key_id, wrapped_key, sealed, confirmed_at) VALUES ('linked', 'k', '', '', now())",
    );
    await owner.query("UPDATE sessions SET revoked_at = NULL WHERE user_id = 'linked'");
    expect((await server.get("/api/sessions", as(person))).status).toBe(200);
    expect((await confirm(await ask(person.id, { second_factor: false }), two)).status).toBe(200);
    expect((await server.get("/api/sessions", as(person))).status).toBe(401);
    expect(await told()).toEqual(["identity", "factor"]);
    const asked = await server.post(`/api/users/${person.id}/invitation`, undefined, by(one));
    const [{ change_id }] = asked.read(
      z.object({ pending_changes: z.tuple([z.object({ change_id: z.string() })]) }),
    ).pending_changes;
    const { invitation } = (await confirm(change_id, two)).read(ConfirmedChange);
    const acceptance = { token: invitation?.token, password: "another password that is long" };
    expect((await server.post("/api/invitations", acceptance)).status).toBe(204);
    expect(await told()).toEqual(["identity", "factor", "invitation", "password"]);
  });

  it("waits once, however often one admin asks for the same", async () => {
    const { north2 } = hospital.people;
    const asked = await Promise.all(Array.from({ length: 10 }, () => ask(north2.id, { roles: ["auditor"] })));
    expect(new Set(asked).size).toBe(1);
    const other = await ask(north2.id, { roles: ["auditor"] }, three);
    expect(asked).not.toContain(other);
    expect((await waiting()).map(({ asked_by }) => asked_by)).toEqual(["admin-1", "admin-3"]);
  });

  it("is left out where an older version asked for what can't be asked for any more", async () => {
    const id = await ask(hospital.people.north2.id, { roles: ["auditor"] });
    await owner.query("UPDATE pending_changes SET change = '{\"renamed\": true}' WHERE id = $1", [id]);
    expect(await waiting()).toEqual([]);
    expect(await read(hospital.people.north2.id)).toMatchObject({ pending_changes: [] });
    expect((await confirm(id, two)).status).toBe(409);
    expect((await server.delete(`/api/changes/${id}`, by(two))).status).toBe(204);
  });

  it("can be taken back, and is over with its time, or when who asked is no admin any more", async () => {
    const { north2 } = hospital.people;
    const back = await ask(north2.id, { roles: ["auditor"] });
    expect((await server.delete(`/api/changes/${back}`, by(two))).status).toBe(204);
    expect((await server.delete(`/api/changes/${back}`, by(two))).status).toBe(404);
    const late = await ask(north2.id, { roles: ["auditor"] });
    await owner.query("UPDATE pending_changes SET expires_at = now() WHERE id = $1", [late]);
    for (const id of [back, late, "00000000-0000-7000-8000-000000000000", "none"])
      expect((await confirm(id, two)).status, id).toBe(404);
    const orphan = await ask(north2.id, { roles: ["auditor"] }, three);
    await owner.query("UPDATE users SET disabled_at = now() WHERE id = 'admin-3'");
    expect((await confirm(orphan, two)).status).toBe(409);
    expect((await read(north2.id)).roles).toEqual([]);
  });

  it("is made by a site's only admin, who says so on record", async () => {
    await owner.query("UPDATE users SET disabled_at = now() WHERE id IN ('admin-2', 'admin-3')");
    const { south1 } = hospital.people;
    // The hospital's own admin can't sign in: nobody waits for somebody like that.
    expect((await change(south1.id, { roles: ["auditor"] })).status).toBe(200);
    expect((await read(south1.id)).roles).toEqual(["auditor"]);
    expect((await events("user.update")).at(-1)).toMatchObject({
      actor: "user:admin-1",
      payload: { only_admin: true },
    });
  });
});
