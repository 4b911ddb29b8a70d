import { once } from "node:events";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { DEFAULT_LIMITS } from "../../channels/websocket/limits.ts";
import { actAs } from "../../store/db/knex.ts";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Territory } from "../territories/schema.ts";
import { InvitedUser, User } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner("audit_events");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const call = (method: Method, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, body, as(hospital.people.admin));

const make = <T extends z.ZodType>(schema: T, path: string, body: object): Promise<z.output<T>> =>
  server.make(schema, path, body, as(hospital.people.admin));

const lastRecord = async (): Promise<{ [column: string]: unknown }> =>
  (await owner.query("SELECT * FROM audit_events ORDER BY id DESC LIMIT 1")).rows[0];

const PASSWORD = "a long enough password";

/** A new person, who has set their password. */
async function joined(body: object): Promise<User> {
  const { invitation, ...user } = await make(InvitedUser, "/api/users", body);
  const acceptance = { token: invitation.token, password: PASSWORD };
  expect((await server.post("/api/invitations", acceptance)).status).toBe(204);
  return user;
}

describe("people", () => {
  it("can be made with roles, sign in, and lose a role at once", async () => {
    await make(Territory, "/api/territories", { territory_id: "west-hospital", name: "West Hospital" });
    const user = await joined({
      user_id: "w-1",
      email: "w-1@tocsin.example",
      name: "Somebody West",
      memberships: [{ territory_id: "west-hospital", role: "clinician" }],
    });
    expect(user).toMatchObject({ user_id: "w-1", has_password: false, second_factor: false, roles: [] });
    expect(await call("GET", "/api/users/w-1")).toMatchObject({ body: { has_password: true } });
    const { rows } = await owner.query(
      "SELECT actor, action, outcome FROM audit_events WHERE object_id = 'w-1' ORDER BY id",
    );
    expect(rows).toEqual([
      { actor: "user:admin", action: "user.create", outcome: "ok" },
      { actor: "sign-in", action: "user.password", outcome: "ok" },
    ]);
    const person = await Person.signIn(server.url, { email: "W-1@tocsin.example", password: PASSWORD });
    expect(await person.inbox()).toEqual([]);
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
      headers: { Cookie: person.cookie, Origin: server.url },
    });
    await once(socket, "message");
    const closed = once(socket, "close");
    const start = performance.now();
    const changed = await call("PATCH", "/api/users/w-1", { memberships: [] });
    expect(changed).toMatchObject({ status: 200, body: { memberships: [] } });
    expect((await closed)[0]).toBe(4403);
    expect(performance.now() - start).toBeLessThan(DEFAULT_LIMITS.pingMs);
  });

  it("are disabled, never deleted: signed out at once, and brought back", async () => {
    await joined({ user_id: "d-1", email: "d-1@tocsin.example", name: "D" });
    const body = { email: "d-1@tocsin.example", password: PASSWORD };
    const person = await Person.signIn(server.url, body);
    expect((await call("DELETE", "/api/users/d-1")).status).toBe(204);
    expect((await person.fetch("/api/sessions")).status).toBe(401);
    await expect(Person.signIn(server.url, body)).rejects.toThrow("401");
    expect(await call("GET", "/api/users/d-1")).toMatchObject({
      status: 200,
      body: { disabled_at: expect.any(String) },
    });
    expect((await call("PATCH", "/api/users/d-1", { disabled: false })).status).toBe(200);
    expect((await person.fetch("/api/sessions")).status).toBe(401);
    await Person.signIn(server.url, body);
  });

  it("have a password that no admin sets, at creation or later", async () => {
    const body = { user_id: "p-1", email: "p-1@tocsin.example", name: "P" };
    const named = await call("POST", "/api/users", { ...body, password: PASSWORD });
    expect(named).toMatchObject({ status: 422, body: { errors: [{ path: "/password" }] } });
    await joined(body);
    for (const password of [`${PASSWORD} again`, null, ""])
      expect((await call("PATCH", "/api/users/p-1", { password })).status, String(password)).toBe(422);
    await Person.signIn(server.url, { email: body.email, password: PASSWORD });
    const asAdmin = (change: object): Promise<number> =>
      actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: "p-1" }).update(change));
    for (const password_hash of ["x", null])
      await expect(asAdmin({ password_hash })).rejects.toMatchObject({ code: "42501" });
    const fresh = { id: "p-2", email: "p-2@tocsin.example", name: "P", password_hash: "x" };
    await expect(
      actAs(hospital.knex, "user:admin", (trx) => trx("users").insert(fresh)),
    ).rejects.toMatchObject({
      code: "42501",
    });
  });

  it("lose their sessions, and a link that was sent, with another email, and are told at both", async () => {
    await joined({ user_id: "e-1", email: "e-1@tocsin.example", name: "E" });
    const person = await Person.signIn(server.url, { email: "e-1@tocsin.example", password: PASSWORD });
    const { invitation } = await make(InvitedUser, "/api/users", { email: "e-2@tocsin.example", name: "E" });
    expect((await call("PATCH", "/api/users/e-1", { email: "E-1@tocsin.example", name: "F" })).status).toBe(
      200,
    );
    expect((await person.fetch("/api/sessions")).status).toBe(200);
    expect((await call("PATCH", "/api/users/e-1", { email: "moved@tocsin.example" })).status).toBe(200);
    expect((await person.fetch("/api/sessions")).status).toBe(401);
    const told = await hospital.asOwner(
      "SELECT address FROM account_notices WHERE user_id = 'e-1' AND change = 'email' ORDER BY address",
    );
    expect(told.map(({ address }) => address)).toEqual(["e-1@tocsin.example", "moved@tocsin.example"]);
    await Person.signIn(server.url, { email: "moved@tocsin.example", password: PASSWORD });
    const found = await call("GET", "/api/users?q=e-2%40");
    const [{ user_id }] = found.read(z.object({ users: z.tuple([User]) })).users;
    await call("PATCH", `/api/users/${user_id}`, { email: "e-3@tocsin.example" });
    const late = await server.post("/api/invitations", { token: invitation.token, password: PASSWORD });
    expect(late.status).toBe(410);
  });

  it("are listed in pages, filtered, and found by a part of the name in which % means itself", async () => {
    for (const n of [1, 2, 3])
      await make(User, "/api/users", { email: `page-${n}@tocsin.example`, name: `Page 100% ${n}` });
    const seen: string[] = [];
    for (let next: string | null = ""; next !== null;) {
      const cursor: string = next === "" ? "" : `&cursor=${next}`;
      const { status, body } = await call("GET", `/api/users?limit=2&q=page%20100%25${cursor}`);
      expect(status).toBe(200);
      const page = z.object({ users: z.array(User), next: z.string().nullable() }).parse(body);
      expect(page.users.length).toBeLessThanOrEqual(2);
      seen.push(...page.users.map(({ name }) => name));
      next = page.next;
    }
    expect(seen).toEqual(["Page 100% 1", "Page 100% 2", "Page 100% 3"]);
    for (const [query, count] of [
      ["q=%25%25", 0],
      ["q=_age", 0],
      ["q=%5C", 0],
      ["q=%27%20OR%201%3D1%20--", 0],
      ["territory=north&role=supervisor", 1],
      ["role=auditor", 1],
      ["disabled=true", 0],
    ])
      expect(await call("GET", `/api/users?${query}`)).toMatchObject({
        status: 200,
        body: { users: { length: count } },
      });
    for (const query of [
      "limit=0",
      "limit=x",
      "limit=101",
      "cursor=x",
      "role=god",
      "disabled=maybe",
      "q=a&q=b",
    ])
      expect((await call("GET", `/api/users?${query}`)).status, query).toBe(422);
  });

  it("keep ids, emails and territories straight", async () => {
    const body = { email: "twice@tocsin.example", name: "Twice" };
    expect(await make(User, "/api/users", { ...body, email: "Twice@Tocsin.example" })).toMatchObject(body);
    expect((await call("POST", "/api/users", { ...body, email: "TWICE@tocsin.example" })).status).toBe(409);
    const other = await make(User, "/api/users", { ...body, email: "other@tocsin.example" });
    expect((await call("PATCH", `/api/users/${other.user_id}`, body)).status).toBe(409);
    const nowhere = {
      ...body,
      email: "n@tocsin.example",
      memberships: [{ territory_id: "x", role: "clinician" }],
    };
    expect(await call("POST", "/api/users", nowhere)).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/memberships/0/territory_id" }] },
    });
    for (const wrong of [
      { email: "no address" },
      { email: "twİce@tocsin.example" },
      { email: "\u212Aim@tocsin.example" },
      { email: "twice@tocsin.exampleı" },
      { email: "a@tocsin.example\r\nBcc: b@tocsin.example" },
      { email: "a@tocsin.example,b@tocsin.example" },
      { name: " " },
      { name: "a\u001b[31m" },
      { user_id: "a\u202eb" },
      { roles: ["god"] },
      { memberships: [{ territory_id: "north", role: "admin" }] },
    ])
      expect((await call("POST", "/api/users", { ...body, ...wrong })).status, JSON.stringify(wrong)).toBe(
        422,
      );
    for (const id of ["nobody", "%00", "x".repeat(300), "%ff"])
      expect((await call("GET", `/api/users/${id}`)).status, id).toBe(404);
  });

  it("keep an admin: nobody shuts themselves out", async () => {
    for (const change of [{ disabled: true }, { roles: [] }, { roles: ["auditor"] }])
      expect((await call("PATCH", "/api/users/admin", change)).status).toBe(409);
    expect((await call("DELETE", "/api/users/admin")).status).toBe(409);
    expect(await lastRecord()).toMatchObject({ action: "user.disable", outcome: "denied" });
  });

  it("have each change that admins make at once as a whole, one after the other, as it is on record", async () => {
    const second = await aPerson(hospital, { id: "admin-2", territory: null, role: "admin" });
    await joined({ user_id: "busy", email: "busy@tocsin.example", name: "Busy" });
    const places = ["north", "south"].flatMap((territory_id) =>
      (["clinician", "supervisor"] as const).map((role) => ({ territory_id, role })),
    );
    const lists = Array.from({ length: 12 }, (_, n) =>
      places.filter((_place, place) => (n + 1) & (1 << place)),
    );
    const answers = await Promise.all(
      lists.map((memberships, n) =>
        server.patch(
          "/api/users/busy",
          { memberships, name: `Busy ${n}` },
          as(n % 2 === 0 ? hospital.people.admin : second),
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(lists.map(() => 200));
    const words = (memberships: { territory_id: string; role: string }[]): string[] =>
      memberships.map(({ territory_id, role }) => `${role} in ${territory_id}`).toSorted();
    // Each answer is what it asked for: nobody else's change was mixed into it.
    for (const [n, answer] of answers.entries()) {
      const { name, memberships } = answer.read(User);
      expect([name, words(memberships)]).toEqual([`Busy ${n}`, words(lists[n] ?? [])]);
    }
    const { rows } = await owner.query(
      "SELECT payload FROM audit_events WHERE object_id = 'busy' AND action = 'user.update' ORDER BY xid DESC, id DESC LIMIT 1",
    );
    const { memberships } = (await call("GET", "/api/users/busy")).read(User);
    expect(words(memberships)).toEqual(rows[0].payload.roles.toSorted());
  });

  it("lose no role, nor get one back, by an admin who has not seen what another one changed", async () => {
    const north = { territory_id: "north", role: "clinician" };
    const south = { territory_id: "south", role: "clinician" };
    await joined({ user_id: "shared", email: "shared@tocsin.example", name: "Shared", memberships: [north] });
    const change = (memberships: object[], before: object[]) =>
      call("PATCH", "/api/users/shared", { memberships, memberships_before: before });
    // Both have seen the north alone.
    const answers = await Promise.all([change([north, south], [north]), change([], [north])]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)).toMatchObject({
      body: { detail: expect.stringContaining("meanwhile") },
    });
    const kept = (await call("GET", "/api/users/shared")).read(User).memberships;
    expect(kept).toEqual(answers[0]?.status === 200 ? [north, south] : []);
    expect((await change([south], kept.toReversed())).status).toBe(200);
    // What is not about roles overtakes nothing.
    expect(await call("PATCH", "/api/users/shared", { name: "Shared Sample" })).toMatchObject({
      status: 200,
      body: { memberships: [south] },
    });
  });

  it("are for admins alone, refusals on record", async () => {
    const { north1, northBoss, auditor } = hospital.people;
    for (const person of [north1, northBoss, auditor]) {
      for (const [method, path] of [
        ["GET", "/api/users"],
        ["POST", "/api/users"],
        ["PATCH", "/api/users/admin"],
        ["DELETE", "/api/keys/demo"],
        ["POST", "/api/keys"],
        ["DELETE", "/api/territories/north"],
      ] as const) {
        const answer = await server.call(method, path, undefined, as(person));
        expect(answer.status, `${person.role} ${method} ${path}`).toBe(403);
        expect(await lastRecord()).toMatchObject({
          actor: `user:${person.id}`,
          action: "admin.refuse",
          outcome: "denied",
          payload: { method },
        });
      }
    }
  });
});

describe("the wall behind the service", () => {
  it("lets nobody but admins change who is who, whatever the service asks", async () => {
    const { knex } = hospital;
    for (const actor of ["user:north-boss", "user:auditor", "user:nobody", "relay"] as const) {
      for (const table of ["users", "territories", "services", "service_keys"])
        expect(await actAs(knex, actor, (trx) => trx(table).update({ created_at: new Date() })), actor).toBe(
          0,
        );
      await expect(
        actAs(knex, actor, (trx) =>
          trx("memberships").insert({ user_id: "auditor", territory_id: null, role: "admin" }),
        ),
      ).rejects.toMatchObject({ code: "42501" });
      await expect(
        actAs(knex, actor, (trx) => trx("sessions").where({ user_id: "admin" }).select("id")),
      ).resolves.toEqual([]);
    }
  });
});
