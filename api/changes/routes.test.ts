import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { actAs } from "../../store/db/knex.ts";
import { invite } from "../../store/people/invitations.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, older, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { KINDS } from "../../redaction/index.ts";
import { Territory } from "../territories/schema.ts";
import { InvitedUser, User } from "../users/schema.ts";
import { ConfirmedChange, PendingChangeList } from "./schema.ts";

const PASSWORD = "a long enough password";
const IDENTITY = { issuer: "https://login.example", subject: "somebody" };

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let [one, two, three]: TestPerson[] = [];

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner(
    "audit_events",
    "memberships",
    "users",
    "pending_changes",
    "second_factors",
    "taken_roles",
  );
  for (const id of ["admin-1", "admin-2", "admin-3"])
    await aPerson(hospital, { id, role: "admin", password: PASSWORD });
  [one, two, three] = ["admin-1", "admin-2", "admin-3"].map((id) => ({
    id,
    email: `${id}@tocsin.example`,
    password: PASSWORD,
    role: "admin" as const,
    territory: null,
  }));
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});
beforeEach(async () => {
  await owner.query("UPDATE pending_changes SET over_at = now()");
  await owner.query("UPDATE users SET disabled_at = NULL");
  await owner.query("DELETE FROM memberships WHERE role = 'auditor' AND user_id <> 'auditor'");
});

const by = (person: TestPerson | undefined) => as(person ?? { id: "" });
const change = (id: string, body: object, admin = one): Promise<Answer> =>
  server.patch(`/api/users/${id}`, body, by(admin));
/** Asks for a change that waits; answers its id. */
async function ask(id: string, body: object, admin = one): Promise<string> {
  const answer = await change(id, body, admin);
  expect(answer.status).toBe(202);
  return answer.read(User).pending_changes.at(-1)?.change_id ?? "";
}
const confirm = (id: string, admin: TestPerson | undefined): Promise<Answer> =>
  server.post(`/api/changes/${id}/confirm`, undefined, by(admin));
const read = async (id: string): Promise<User> => (await server.get(`/api/users/${id}`, by(one))).read(User);
const waiting = async () => (await server.get("/api/changes", by(two))).read(PendingChangeList).changes;
const events = async (action: string): Promise<Record<string, unknown>[]> =>
  (await owner.query("SELECT * FROM audit_events WHERE action = $1 ORDER BY id", [action])).rows;

describe("a change that one admin may not make alone", () => {
  it("waits until another one confirms it, once, on record", async () => {
    const { north1 } = hospital.people;
    const id = await ask(north1.id, { name: "Renamed", roles: ["auditor"] });
    expect(await read(north1.id)).toMatchObject({
      name: "Renamed",
      roles: [],
      pending_changes: [{ change_id: id, change: { grant: ["auditor"] }, asked_by: "admin-1" }],
    });
    expect(await waiting()).toMatchObject([{ change_id: id, subject_id: north1.id }]);
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

  it("ends the person's sessions when it is confirmed, and gives the invitation to who confirms", async () => {
    const person = await aPerson(hospital, { id: "linked", territory: "north", password: PASSWORD });
    expect((await server.get("/api/sessions", as(person))).status).toBe(200);
    const id = await ask(person.id, { identity: IDENTITY });
    expect((await server.get("/api/sessions", as(person))).status).toBe(200);
    expect((await confirm(id, two)).status).toBe(200);
    expect((await server.get("/api/sessions", as(person))).status).toBe(401);
    const asked = await server.post(`/api/users/${person.id}/invitation`, undefined, by(one));
    const [{ change_id }] = asked.read(
      z.object({ pending_changes: z.tuple([z.object({ change_id: z.string() })]) }),
    ).pending_changes;
    const { invitation } = (await confirm(change_id, two)).read(ConfirmedChange);
    const acceptance = { token: invitation?.token, password: "another password that is long" };
    expect((await server.post("/api/invitations", acceptance)).status).toBe(204);
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

describe("settings of a territory", () => {
  const set = (settings: object, id = "north"): Promise<Answer> =>
    server.patch(`/api/territories/${id}`, { settings }, by(one));
  const territory = async (id: string): Promise<Territory> =>
    (await server.get(`/api/territories/${id}`, by(one))).read(Territory);
  const north = (): Promise<Territory> => territory("north");
  const without = (...left: string[]): string[] => KINDS.filter((kind) => !left.includes(kind));
  const pattern = (source: string) => ({ kind: "mrn", source });

  it("by which less is redacted, or originals are kept for another time, wait for another admin", async () => {
    const strict = { redaction: { patterns: [pattern("[A-Z]{3}-[0-9]{4}")] } };
    expect((await set(strict)).status).toBe(200);
    for (const settings of [
      { redaction: { ...strict.redaction, kinds: without("url") } },
      { redaction: { ...strict.redaction, facilities: false } },
      { redaction: { patterns: [pattern("[A-Z]{2}-[0-9]{4}")] } },
      { redaction: {} },
      { redaction: null },
      { originals_days: 1 },
    ]) {
      const answer = await set(settings);
      expect(answer.status, JSON.stringify(settings)).toBe(202);
      expect(await north()).toMatchObject({ settings: strict });
    }
    // No redaction settings, and none that say anything, come to the same.
    expect(await waiting()).toHaveLength(5);
    const more = [...strict.redaction.patterns, pattern("[0-9]{9}")];
    expect((await set({ redaction: { kinds: KINDS, facilities: true, patterns: more } })).status).toBe(200);
    expect((await set({ takeover_seconds: 30 })).status).toBe(200);
  });

  it("are made when another one confirms them, with the old and the new value on record", async () => {
    const answer = await set({ originals_days: 365 });
    const change_id = answer.read(Territory).pending_changes.at(-1)?.change_id ?? "";
    // What was set meanwhile stays.
    await set({ takeover_seconds: 60 });
    expect((await confirm(change_id, one)).status).toBe(403);
    expect((await confirm(change_id, two)).status).toBe(200);
    expect((await north()).settings).toMatchObject({ originals_days: 365, takeover_seconds: 60 });
    expect((await events("change.confirm")).at(-1)).toMatchObject({
      actor: "user:admin-2",
      territory_id: "north",
      payload: { asked_by: "admin-1", settings: { originals_days: { from: null, to: 365 } } },
    });
    for (const days of [366, null]) expect((await set({ originals_days: days })).status).toBe(202);
    expect((await set({ originals_days: 365 })).status).toBe(200);
  });

  it("leave what was set since they were asked for as it is, and are refused where it is the same setting", async () => {
    await server.post("/api/territories", { territory_id: "ward", name: "Ward" }, by(one));
    const asked = async (redaction: object): Promise<string> =>
      (await set({ redaction }, "ward")).read(Territory).pending_changes.at(-1)?.change_id ?? "";
    const redaction = async () => (await territory("ward")).settings["redaction"];
    const strict = { hidden: [{ kind: "geo", value: "Ward Seven" }] };
    const laxer = await asked({ facilities: false });
    expect((await set({ redaction: strict }, "ward")).status).toBe(200);
    expect((await confirm(laxer, two)).status).toBe(200);
    const both = { ...strict, facilities: false };
    expect(await redaction()).toEqual(both);

    const [first, second] = [
      await asked({ ...both, kinds: without("url", "ip") }),
      await asked({ ...both, kinds: without("url") }),
    ];
    expect((await confirm(second, two)).status).toBe(200);
    expect((await events("change.confirm")).at(-1)?.["payload"]).toMatchObject({
      settings: { "redaction.kinds": { from: null } },
    });
    expect(JSON.stringify((await events("change.confirm")).at(-1))).not.toContain("redaction.hidden");
    expect(await confirm(first, two)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("redaction.kinds") },
    });
    expect(await redaction()).toEqual({ ...both, kinds: without("url") });
    expect((await server.delete(`/api/changes/${first}`, by(one))).status).toBe(204);
  });

  it("wait for a territory that is new, too; a site's only admin makes them", async () => {
    const settings = { originals_days: 30, redaction: { facilities: false } };
    const body = { territory_id: "fresh", name: "Fresh", settings };
    const made = await server.post("/api/territories", body, by(one));
    expect(made).toMatchObject({
      status: 201,
      body: {
        settings: {},
        pending_changes: [
          {
            change: {
              settings: {
                originals_days: { from: null, to: 30 },
                "redaction.facilities": { from: null, to: false },
              },
            },
          },
        ],
      },
    });
    await owner.query("UPDATE users SET disabled_at = now() WHERE id IN ('admin-2', 'admin-3')");
    const alone = await server.post("/api/territories", { ...body, territory_id: "alone" }, by(one));
    expect(alone).toMatchObject({ status: 201, body: { settings, pending_changes: [] } });
    expect((await events("territory.create")).at(-1)).toMatchObject({ payload: { only_admin: true } });
  });
});

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
