import { once } from "node:events";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { parseEnv } from "../../config/env.ts";
import { actAs, openDatabase } from "../../store/db/knex.ts";
import { prepareDatabase } from "../../store/db/prepare.ts";
import { demoUser, Person, send } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { KeyWithSecret, Key, Service } from "../keys/schema.ts";
import { Territory } from "../territories/schema.ts";
import { User } from "./schema.ts";

let site: Site;
let node: Program;
let admin: Person;
let owner: pg.Client;

beforeAll(async () => {
  site = await createSite();
  node = await site.start({ role: "api" });
  admin = await Person.signIn(node.url, demoUser(await site.demo(), "admin"));
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  await owner.query("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
});
afterAll(async () => {
  await owner.end();
  await site.close();
});

async function call(
  person: Person,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const response = await person.fetch(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function made<T extends z.ZodType>(schema: T, path: string, body: object): Promise<z.output<T>> {
  const answer = await call(admin, "POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return schema.parse(answer.body);
}

const lastRecord = async (): Promise<{ [column: string]: unknown }> =>
  (await owner.query("SELECT * FROM audit_events ORDER BY id DESC LIMIT 1")).rows[0];

const PASSWORD = "a long enough password";

describe("people", () => {
  it("can be made with roles, sign in, and lose a role at once", async () => {
    await made(Territory, "/api/territories", { territory_id: "west-hospital", name: "West Hospital" });
    const user = await made(User, "/api/users", {
      user_id: "w-1",
      email: "w-1@tocsin.example",
      name: "Somebody West",
      password: PASSWORD,
      memberships: [{ territory_id: "west-hospital", role: "clinician" }],
    });
    expect(user).toMatchObject({ user_id: "w-1", has_password: true, second_factor: false, roles: [] });
    expect(await lastRecord()).toMatchObject({
      actor: "user:demo-admin",
      action: "user.create",
      outcome: "ok",
      object_id: "w-1",
    });
    const person = await Person.signIn(node.url, { email: "W-1@tocsin.example", password: PASSWORD });
    expect(await person.inbox()).toEqual([]);
    const socket = new WebSocket(`${node.url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
      headers: { Cookie: person.cookie, Origin: node.url },
    });
    await once(socket, "message");
    const closed = once(socket, "close");
    const start = performance.now();
    const changed = await call(admin, "PATCH", "/api/users/w-1", { memberships: [] });
    expect(changed).toMatchObject({ status: 200, body: { memberships: [] } });
    expect((await closed)[0]).toBe(4403);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("are disabled, never deleted: signed out at once, and brought back", async () => {
    const body = { user_id: "d-1", email: "d-1@tocsin.example", name: "D", password: PASSWORD };
    await made(User, "/api/users", body);
    const person = await Person.signIn(node.url, body);
    expect((await call(admin, "DELETE", "/api/users/d-1")).status).toBe(204);
    expect((await person.fetch("/api/sessions")).status).toBe(401);
    await expect(Person.signIn(node.url, body)).rejects.toThrow("401");
    expect(await call(admin, "GET", "/api/users/d-1")).toMatchObject({
      status: 200,
      body: { disabled_at: expect.any(String) },
    });
    expect((await call(admin, "PATCH", "/api/users/d-1", { disabled: false })).status).toBe(200);
    expect((await person.fetch("/api/sessions")).status).toBe(401);
    await Person.signIn(node.url, body);
  });

  it("lose their sessions with a new password", async () => {
    const body = { user_id: "p-1", email: "p-1@tocsin.example", name: "P", password: PASSWORD };
    await made(User, "/api/users", body);
    const person = await Person.signIn(node.url, body);
    await call(admin, "PATCH", "/api/users/p-1", { password: `${PASSWORD} again` });
    expect((await person.fetch("/api/sessions")).status).toBe(401);
    await expect(Person.signIn(node.url, body)).rejects.toThrow("401");
    await Person.signIn(node.url, { ...body, password: `${PASSWORD} again` });
  });

  it("are listed in pages, filtered, and found by a part of the name in which % means itself", async () => {
    for (const n of [1, 2, 3])
      await made(User, "/api/users", { email: `page-${n}@tocsin.example`, name: `Page 100% ${n}` });
    const seen: string[] = [];
    for (let next: string | null = ""; next !== null;) {
      const cursor: string = next === "" ? "" : `&cursor=${next}`;
      const { status, body } = await call(admin, "GET", `/api/users?limit=2&q=page%20100%25${cursor}`);
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
      ["territory=north-hospital&role=supervisor", 1],
      ["role=auditor", 1],
      ["disabled=true", 0],
    ])
      expect(await call(admin, "GET", `/api/users?${query}`)).toMatchObject({
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
      expect((await call(admin, "GET", `/api/users?${query}`)).status, query).toBe(422);
  });

  it("keep ids, emails and territories straight", async () => {
    const body = { email: "twice@tocsin.example", name: "Twice" };
    await made(User, "/api/users", body);
    expect((await call(admin, "POST", "/api/users", { ...body, email: "TWICE@tocsin.example" })).status).toBe(
      409,
    );
    const other = await made(User, "/api/users", { ...body, email: "other@tocsin.example" });
    expect((await call(admin, "PATCH", `/api/users/${other.user_id}`, body)).status).toBe(409);
    const nowhere = {
      ...body,
      email: "n@tocsin.example",
      memberships: [{ territory_id: "x", role: "clinician" }],
    };
    expect(await call(admin, "POST", "/api/users", nowhere)).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/memberships/0/territory_id" }] },
    });
    for (const wrong of [
      { email: "no address" },
      { email: "a@tocsin.example\r\nBcc: b@tocsin.example" },
      { email: "a@tocsin.example,b@tocsin.example" },
      { password: "short" },
      { name: " " },
      { name: "a\u001b[31m" },
      { user_id: "a\u202eb" },
      { roles: ["god"] },
      { memberships: [{ territory_id: "north-hospital", role: "admin" }] },
    ])
      expect(
        (await call(admin, "POST", "/api/users", { ...body, ...wrong })).status,
        JSON.stringify(wrong),
      ).toBe(422);
    for (const id of ["nobody", "%00", "x".repeat(300), "%ff"])
      expect((await call(admin, "GET", `/api/users/${id}`)).status, id).toBe(404);
  });

  it("keep an admin: nobody shuts themselves out", async () => {
    for (const change of [{ disabled: true }, { roles: [] }, { roles: ["auditor"] }])
      expect((await call(admin, "PATCH", "/api/users/demo-admin", change)).status).toBe(409);
    expect((await call(admin, "DELETE", "/api/users/demo-admin")).status).toBe(409);
    expect(await lastRecord()).toMatchObject({ action: "user.disable", outcome: "denied" });
  });

  it("are for admins alone, refusals on record", async () => {
    const demo = await site.demo();
    for (const role of ["clinician", "supervisor", "auditor"]) {
      const person = await Person.signIn(node.url, demoUser(demo, role));
      for (const [method, path] of [
        ["GET", "/api/users"],
        ["POST", "/api/users"],
        ["PATCH", "/api/users/demo-admin"],
        ["DELETE", "/api/keys/demo"],
        ["POST", "/api/keys"],
        ["DELETE", "/api/territories/north-hospital"],
      ] as const) {
        expect((await call(person, method, path)).status, `${role} ${method} ${path}`).toBe(403);
        expect(await lastRecord()).toMatchObject({
          actor: `user:${demoUser(demo, role).user_id}`,
          action: "admin.refuse",
          outcome: "denied",
          payload: { method },
        });
      }
    }
  });
});

describe("territories", () => {
  it("are made, renamed, set up, and archived once nobody is in them", async () => {
    const body = { territory_id: "east/1", name: "East", settings: { originals_days: 30 } };
    expect(await made(Territory, "/api/territories", body)).toMatchObject(body);
    expect((await call(admin, "POST", "/api/territories", body)).status).toBe(409);
    const path = `/api/territories/${encodeURIComponent("east/1")}`;
    const change = {
      name: "East Wing",
      settings: { originals_days: null, redaction: { facilities: false } },
    };
    expect(await call(admin, "PATCH", path, change)).toMatchObject({
      status: 200,
      body: { name: "East Wing", settings: { redaction: { facilities: false } } },
    });
    const member = {
      email: "e@tocsin.example",
      name: "E",
      memberships: [{ territory_id: "east/1", role: "clinician" }],
    };
    const { user_id } = await made(User, "/api/users", member);
    expect((await call(admin, "DELETE", path)).status).toBe(409);
    await call(admin, "PATCH", `/api/users/${user_id}`, { memberships: [] });
    expect((await call(admin, "DELETE", path)).status).toBe(204);
    const again = await call(admin, "PATCH", `/api/users/${user_id}`, { memberships: member.memberships });
    expect(again.status).toBe(422);
    expect(await call(admin, "GET", path)).toMatchObject({
      status: 200,
      body: { archived_at: expect.any(String) },
    });
    expect(await call(admin, "GET", "/api/territories?q=east")).toMatchObject({ body: { territories: [] } });
    expect((await call(admin, "PATCH", path, { archived: false })).status).toBe(200);
    expect(await call(admin, "GET", "/api/territories?q=east")).toMatchObject({
      body: { territories: [{}] },
    });
  });
});

describe("keys", () => {
  const sendWith = async (key: string, territory = "north-hospital"): Promise<number> =>
    (await send(node.url, key, { user_id: "demo-clinician-1", territory_id: territory, message: "Hello" }))
      .status;

  it("show their secret once, are scoped, two at a time, rotate, and end", async () => {
    const { service_id } = await made(Service, "/api/services", { name: "Laboratory" });
    const scope = { service_id, territory_ids: ["north-hospital"] };
    const first = await made(KeyWithSecret, "/api/keys", scope);
    expect(first.key).toMatch(/^tocsin_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$/);
    expect(await lastRecord()).toMatchObject({ action: "key.create", object_id: first.key_id });
    expect(JSON.stringify(await lastRecord())).not.toContain(first.key.split(".")[1]);
    expect(await sendWith(first.key)).toBe(202);
    expect(await sendWith(first.key, "south-clinic")).toBe(403);

    const shown = await call(admin, "GET", `/api/keys/${first.key_id}`);
    expect(Key.strict().parse(shown.body)).toMatchObject({ state: "live", last_used_at: expect.any(String) });

    const second = KeyWithSecret.parse(
      (await call(admin, "POST", `/api/keys/${first.key_id}/rotate`, { overlap_hours: 1 })).body,
    );
    expect(second.territory_ids).toEqual(["north-hospital"]);
    expect(await sendWith(first.key)).toBe(202);
    expect(await sendWith(second.key)).toBe(202);
    const inHours = (time: unknown): number => (Date.parse(String(time)) - Date.now()) / 3_600_000;
    const old = Key.parse((await call(admin, "GET", `/api/keys/${first.key_id}`)).body);
    expect(inHours(old.expires_at)).toBeCloseTo(1, 1);

    for (const path of ["/api/keys", `/api/keys/${second.key_id}/rotate`]) {
      const third = await call(admin, "POST", path, path === "/api/keys" ? scope : {});
      expect(third).toMatchObject({ status: 409, body: { detail: expect.stringContaining(first.key_id) } });
    }
    expect((await call(admin, "DELETE", `/api/keys/${first.key_id}`)).status).toBe(204);
    expect(await sendWith(first.key)).toBe(401);
    expect(await sendWith(second.key)).toBe(202);
    const third = KeyWithSecret.parse(
      (await call(admin, "POST", `/api/keys/${second.key_id}/rotate`, { overlap_hours: 0 })).body,
    );
    expect(await sendWith(second.key)).toBe(401);
    expect(await sendWith(third.key)).toBe(202);

    expect(
      (await call(admin, "PATCH", `/api/keys/${third.key_id}`, { territory_ids: ["south-clinic"] })).status,
    ).toBe(200);
    expect(await sendWith(third.key)).toBe(403);
    expect((await call(admin, "DELETE", `/api/services/${service_id}`)).status).toBe(204);
    expect(await sendWith(third.key)).toBe(401);
    expect((await call(admin, "POST", "/api/keys", scope)).status).toBe(422);
    const { body } = await call(admin, "GET", `/api/keys?service=${service_id}`);
    expect(body).toMatchObject({ keys: [{ state: "revoked" }, { state: "revoked" }, { state: "revoked" }] });
  });

  it("are never more than two, however many are asked for at once", async () => {
    const { service_id } = await made(Service, "/api/services", { name: "Pharmacy" });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        call(admin, "POST", "/api/keys", { service_id, territory_ids: ["north-hospital"] }),
      ),
    );
    const granted = answers.filter(({ status }) => status === 201);
    expect(granted).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(18);
  });

  it("have a scope that exists and a future end", async () => {
    const { service_id } = await made(Service, "/api/services", { name: "Radiology" });
    const good = { service_id, territory_ids: ["north-hospital"] };
    for (const wrong of [
      { territory_ids: [] },
      { territory_ids: ["nowhere"] },
      { expires_at: "2020-01-01T00:00:00Z" },
      { expires_at: "tomorrow" },
      { service_id: "x" },
    ])
      expect((await call(admin, "POST", "/api/keys", { ...good, ...wrong })).status).toBe(422);
    expect((await call(admin, "POST", "/api/services", { name: "Radiology" })).status).toBe(409);
    for (const path of ["/api/keys/nothing", "/api/keys/%00", "/api/services/nothing"])
      expect((await call(admin, "GET", path)).status).toBe(404);
  });
});

describe("the wall behind the service", () => {
  it("lets nobody but admins change who is who, whatever the service asks", async () => {
    const knex = openDatabase(await prepareDatabase(parseEnv(site.env)));
    try {
      for (const actor of ["user:demo-supervisor-1", "user:demo-auditor", "user:nobody", "relay"] as const) {
        for (const table of ["users", "territories", "services", "service_keys"])
          expect(
            await actAs(knex, actor, (trx) => trx(table).update({ created_at: new Date() })),
            actor,
          ).toBe(0);
        await expect(
          actAs(knex, actor, (trx) =>
            trx("memberships").insert({ user_id: "demo-auditor", territory_id: null, role: "admin" }),
          ),
        ).rejects.toMatchObject({ code: "42501" });
        await expect(
          actAs(knex, actor, (trx) => trx("sessions").where({ user_id: "demo-admin" }).select("id")),
        ).resolves.toEqual([]);
      }
    } finally {
      await knex.destroy();
    }
  });
});
