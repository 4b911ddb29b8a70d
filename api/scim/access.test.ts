import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { actAs } from "../../store/db/knex.ts";
import { LOCKS } from "../../store/db/locks.ts";
import { claim } from "../../store/transitions/claim.ts";
import { type Answer, as, type Method } from "../../testing/calls.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { routes } from "../routes.ts";
import { Topic } from "../topics/schema.ts";
import { ScimGroup, ScimTokenList, ScimTokenWithSecret } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let token: string;
let tokenId: string;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_FAILURES_PER_MINUTE: "10000" });
  ({ token, token_id: tokenId } = await aToken("Okta"));
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const aToken = (name: string, more: object = {}): Promise<z.output<typeof ScimTokenWithSecret>> =>
  server.make(ScimTokenWithSecret, "/api/scim/tokens", { name, ...more }, as(hospital.people.admin));

/** A call as a directory makes it. */
const scim = (method: Method, path: string, body?: unknown, by = token): Promise<Answer> =>
  server.call(method, `/scim/v2${path}`, body, { key: by });
const make = async (path: "/Users" | "/Groups", body: object): Promise<string> => {
  const answer = await scim("POST", path, body);
  expect(answer.status, answer.text).toBe(201);
  return z.looseObject({ id: z.string() }).parse(JSON.parse(answer.text)).id;
};
let count = 0;
const aUser = (): Promise<string> =>
  make("/Users", { userName: `somebody-${(count += 1)}@west.example`, displayName: "Ada Example" });
const aGroup = (...members: string[]): Promise<string> =>
  make("/Groups", { displayName: `Group ${(count += 1)}`, members: members.map((value) => ({ value })) });
const members = (id: string, op: "add" | "remove", ...ids: string[]): Promise<Answer> =>
  scim("PATCH", `/Groups/${id}`, {
    Operations: [{ op, path: "members", value: ids.map((value) => ({ value })) }],
  });
const setActive = (id: string, active: boolean): Promise<Answer> =>
  scim("PATCH", `/Users/${id}`, { Operations: [{ op: "replace", value: { active } }] });
const map = (id: string, mapping: object | null): Promise<Answer> =>
  server.patch(`/api/scim/groups/${id}`, { mapping }, as(hospital.people.admin));
const CLINICIAN = { territory_id: "north", role: "clinician" };
const rolesOf = async (id: string): Promise<unknown[]> =>
  await hospital.asOwner(
    "SELECT territory_id, role, because_of, active FROM memberships WHERE user_id = $1 ORDER BY territory_id, role",
    id,
  );
const NORTH = expect.objectContaining({ territory_id: "north", role: "clinician", active: true });

describe("a person's way by SCIM", () => {
  it("leads from the invitation by a group to work, and ends at once everywhere", async () => {
    const id = await aUser();
    const group = await aGroup(id);
    expect(await rolesOf(id)).toEqual([]);
    expect((await map(group, CLINICIAN)).status).toBe(200);
    expect(await rolesOf(id)).toEqual([NORTH]);

    // As the link in their invitation does; the test reads no email.
    const { admin, northBoss } = hospital.people;
    const link = await server.post(`/api/users/${id}/invitation`, {}, as(admin));
    const { token: invitation } = link.read(z.object({ token: z.string() }));
    const password = "ninety-nine purple lanterns";
    expect((await server.post("/api/invitations", { token: invitation, password })).status).toBe(204);
    const { email } = z
      .object({ email: z.string() })
      .parse((await hospital.asOwner("SELECT email FROM users WHERE id = $1", id))[0]);
    const person = await Person.signIn(server.url, { email, password });
    expect(await person.inbox()).toEqual([]);

    const post = async (path: string, body: object): Promise<unknown> => {
      const answer = await server.post(path, body, as(northBoss));
      expect(answer.status, answer.text).toBe(201);
      return answer.body;
    };
    const layer = { name: "All", people: [id], starts: "2026-01-05T08:00", rule: "FREQ=DAILY" };
    const { schedule_id } = z.object({ schedule_id: z.string() }).parse(
      await post("/api/schedules", {
        ...{ territory_id: "north", name: "Scim", zone: "UTC", layers: [layer] },
        fallback: { user_id: "north-2" },
      }),
    );
    await post("/api/roles", { territory_id: "north", role: "scim-on-call", name: "Scim", schedule_id });
    const onCall = async (): Promise<unknown> =>
      (await server.get("/api/on-call?territory=north&role=scim-on-call", as(northBoss))).body;
    expect(await onCall()).toMatchObject({ on_call: [{ person: { user_id: id }, gap: false }] });
    const under = await server.post(
      "/api/notifications/send",
      { ...aSend({ user_id: id, territory_id: "north" }), priority: "critical" },
      as(hospital.services.north),
    );
    const { notification_id } = under.read(z.object({ notification_id: z.string() }));
    await hospital.persist(notification_id);

    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
      headers: { Cookie: person.cookie, Origin: server.url },
    });
    await once(socket, "message");
    const closed = once(socket, "close");
    expect((await setActive(id, false)).status).toBe(200);
    expect([4401, 4403]).toContain((await closed)[0]);
    expect((await person.fetch("/api/notifications")).status).toBe(401);
    await expect(Person.signIn(server.url, { email, password })).rejects.toThrow("401");
    expect(await onCall()).toMatchObject({ on_call: [{ person: { user_id: "north-2" }, gap: true }] });
    const [delivery] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1",
      notification_id,
    );
    // It was planned while they were there.
    expect(await claim(hospital.knex, notification_id, String(delivery?.["id"]), [])).toMatchObject({
      status: "skipped",
    });
    const sent = await server.post(
      "/api/notifications/send",
      aSend({ user_id: id, territory_id: "north" }),
      as(hospital.services.north),
    );
    expect(sent.status).toBe(422);
    expect(
      await hospital.asOwner("SELECT id FROM invitations WHERE user_id = $1 AND over_at IS NULL", id),
    ).toEqual([]);

    expect((await setActive(id, true)).status).toBe(200);
    // The sessions from before stay ended.
    expect((await person.fetch("/api/notifications")).status).toBe(401);
    const again = await Person.signIn(server.url, { email, password });
    expect((await again.fetch("/api/notifications")).status).toBe(200);
    expect(await onCall()).toMatchObject({ on_call: [{ person: { user_id: id } }] });
  });
});

describe("a group that an admin has mapped", () => {
  it("gives its role to who comes, and takes it from who leaves, unless they have it otherwise", async () => {
    const [a, b] = [await aUser(), await aUser()];
    const old = await aPerson(hospital, { id: `north-old-${(count += 1)}`, territory: "north" });
    const [one, two] = [await aGroup(a), await aGroup()];
    await map(one, CLINICIAN);
    await map(two, CLINICIAN);
    expect((await members(one, "add", b, old.id)).status).toBe(200);
    await members(two, "add", b);
    expect(await rolesOf(b)).toEqual([NORTH]);
    // To whom it is owed: who made the token, and who mapped the group.
    expect(await rolesOf(b)).toMatchObject([{ because_of: ["admin"] }]);
    await members(one, "remove", a, b, old.id);
    expect(await rolesOf(a)).toEqual([]);
    expect(await rolesOf(b)).toEqual([NORTH]);
    expect(await rolesOf(old.id)).toEqual([NORTH]);
    const [event] = await hospital.asOwner(
      "SELECT actor, payload FROM audit_events WHERE object_id = $1 ORDER BY id DESC LIMIT 1",
      one,
    );
    expect(event).toMatchObject({
      actor: `scim:${tokenId}`,
      payload: { token: "Okta", removed: [a, b, old.id].toSorted(), took: [`${a}: clinician in north`] },
    });
    await scim("DELETE", `/Groups/${two}`);
    expect(await rolesOf(b)).toEqual([]);
  });

  it("follows its mapping", async () => {
    const a = await aUser();
    const group = await aGroup(a);
    await map(group, { territory_id: "south", role: "supervisor" });
    expect(await rolesOf(a)).toMatchObject([{ territory_id: "south", role: "supervisor" }]);
    const moved = await map(group, CLINICIAN);
    expect(moved.read(ScimGroup)).toMatchObject({
      members: 1,
      mapping: { ...CLINICIAN, mapped_by: "admin" },
    });
    expect(await rolesOf(a)).toEqual([NORTH]);
    await map(group, null);
    expect(await rolesOf(a)).toEqual([]);
    for (const wrong of [
      { territory_id: "nowhere", role: "clinician" },
      { territory_id: "north" },
      { territory_id: "north", role: "admin" },
      { territory_id: "north", role: "auditor" },
      { territory_id: "north", topic_id: "0195a1f0-0000-7000-8000-000000000010" },
    ])
      expect((await map(group, wrong)).status, JSON.stringify(wrong)).toBe(422);
  });

  it("fills its topic, whose supervisors take nobody out whom the directory keeps there", async () => {
    const { northBoss: boss } = hospital.people;
    const { topic, topic_id } = await server.make(
      Topic,
      "/api/topics",
      { territory_id: "north", topic: "from-outside", name: "From outside", members: ["north-1"] },
      as(boss),
    );
    const [a, b] = [await aUser(), await aUser()];
    const group = await aGroup(a, b);
    expect((await map(group, { ...CLINICIAN, topic_id })).status).toBe(200);
    await members(group, "add", "north-1");
    const from = async (): Promise<Record<string, string[]>> => {
      const found = (await server.get(`/api/topics/${topic_id}`, as(boss))).read(Topic);
      return Object.fromEntries(found.members.map((one) => [one.user_id, one.from]));
    };
    expect(await from()).toEqual({
      [a]: ["directory"],
      [b]: ["directory"],
      "north-1": ["house", "directory"],
    });
    expect((await server.delete(`/api/topics/${topic_id}/members/${a}`, as(boss))).status).toBe(409);
    const sent = await server.post(
      "/api/notifications/send",
      { message: "x", territory_id: "north", to: { topic } },
      as(hospital.services.north),
    );
    const { notification_id } = sent.read(z.object({ notification_id: z.string() }));
    await setActive(b, false);
    await hospital.page(notification_id);
    const reached = await hospital.asOwner(
      "SELECT user_id FROM notifications WHERE send_id = $1 ORDER BY user_id",
      notification_id,
    );
    expect(reached.map((row) => row["user_id"])).toEqual([a, "north-1"].toSorted());
    await members(group, "remove", a, "north-1");
    expect(await from()).toEqual({ [b]: ["directory"], "north-1": ["house"] });
    const other = await aGroup();
    expect((await map(other, { territory_id: "north", topic_id })).status).toBe(409);
    await map(group, null);
    expect(await from()).toEqual({ "north-1": ["house"] });
  });

  it("is read and changed by few statements, however many people are in it", async () => {
    const people: string[] = [];
    for (let count = 0; count < 5; count++) people.push(await aUser());
    const [one, two] = [await aGroup(), await aGroup(...people)];
    await map(one, CLINICIAN);
    const asked: string[] = [];
    const note = ({ sql }: { sql: string }): void => void asked.push(sql);
    hospital.knex.on("query", note);
    await members(one, "add", ...people);
    await members(one, "remove", ...people);
    const changes = asked.splice(0);
    await scim("GET", "/Users?count=200");
    await scim("GET", "/Groups?count=200");
    hospital.knex.off("query", note);
    for (const start of ["insert into", "delete from"])
      for (const table of ["memberships", "scim_memberships", "scim_group_members"])
        expect(
          changes.filter((sql) => sql.startsWith(`${start} "${table}"`)),
          start + table,
        ).toHaveLength(1);
    expect(asked.filter((sql) => sql.includes('from "scim_group_members"'))).toHaveLength(2);
    expect((await scim("GET", `/Groups/${two}`)).text).toContain(people[4]);
  });

  it("of thousands is unmapped, emptied and deleted like any other, on record whole", async () => {
    const owner = await hospital.owner("users", "scim_people", "scim_group_members");
    await owner.query(
      "INSERT INTO users (id, email, name) SELECT gen_random_uuid()::text, 'many-' || n || '@west.example', 'Many' FROM generate_series(1, 6000) AS n",
    );
    const group = await aGroup();
    await owner.query(
      "INSERT INTO scim_group_members (group_id, user_id) SELECT $1::uuid, id FROM users WHERE name = 'Many'",
      [group],
    );
    const fill = async (): Promise<number> => {
      expect((await map(group, CLINICIAN)).status).toBe(200);
      const [row] = await hospital.asOwner(
        "SELECT count(*)::int AS n FROM scim_memberships WHERE territory_id = 'north' AND user_id IN (SELECT id FROM users WHERE name = 'Many')",
      );
      return Number(row?.["n"]);
    };
    expect(await fill()).toBe(6_000);
    expect((await map(group, null)).status).toBe(200);
    await fill();
    expect((await scim("DELETE", `/Groups/${group}`)).status).toBe(204);
    const events = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'group.delete' ORDER BY id",
      group,
    );
    expect(events.flatMap(({ payload }) => Object(payload).took ?? [])).toHaveLength(6_000);
    expect(
      await hospital.asOwner(
        "SELECT user_id FROM memberships WHERE user_id IN (SELECT id FROM users WHERE name = 'Many')",
      ),
    ).toEqual([]);
  }, 120_000);

  it("keeps every change that comes at once", async () => {
    const people = await Promise.all(Array.from({ length: 6 }, aUser));
    const group = await aGroup();
    await map(group, CLINICIAN);
    // Each comes twice.
    const answers = await Promise.all(
      people.flatMap((id) => [members(group, "add", id), members(group, "add", id)]),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    for (const id of people) expect(await rolesOf(id)).toEqual([NORTH]);
  });

  it("keeps every change that two directories make at once at two nodes, of a group and of its people", async () => {
    const beside = await startServer(hospital, { RATE_FAILURES_PER_MINUTE: "10000" });
    onTestFinished(() => beside.stop());
    const { token: other } = await aToken("Entra");
    const people = await Promise.all(Array.from({ length: 10 }, aUser));
    const [leaver = "", stays = ""] = people;
    const group = await aGroup(leaver);
    await map(group, CLINICIAN);
    const values = people.map((value) => ({ value }));
    let turn = 0;
    /** From one directory at one node, and from the other at the other. */
    const call = (method: Method, path: string, body?: object): Promise<Answer> =>
      (turn += 1) % 2 === 0
        ? scim(method, path, body)
        : beside.call(method, `/scim/v2${path}`, body, { key: other });
    const add = (op: "add" | "Add", ...ids: string[]) =>
      call("PATCH", `/Groups/${group}`, {
        Operations: [{ op, path: "members", value: ids.map((value) => ({ value })) }],
      });
    const named = (id: string, n: number) =>
      call("PUT", `/Users/${id}`, {
        ...{ userName: `kept-${id}@west.example`, active: true },
        ...{ displayName: `Name ${n}`, externalId: `external-${n}` },
      });
    const answers = await Promise.all([
      ...people.map((id) => add("add", id)),
      ...people.map((id) => add("Add", id, stays)),
      ...[1, 2, 3, 4, 5].map((n) =>
        call("PUT", `/Groups/${group}`, { displayName: `Renamed ${n} ${group}`, members: values }),
      ),
      ...[1, 2, 3, 4, 5].map((n) => named(stays, n)),
      call("PATCH", `/Users/${leaver}`, { Operations: [{ op: "replace", value: { active: false } }] }),
      ...[1, 2, 3, 4].map(() =>
        call("PATCH", `/Users/${leaver}`, { Operations: [{ op: "replace", path: "active", value: false }] }),
      ),
    ]);
    expect(answers.map(({ status, text }) => [status, status === 200 ? "" : text])).toEqual(
      answers.map(() => [200, ""]),
    );
    const shown = z
      .object({ displayName: z.string(), members: z.array(z.object({ value: z.string() })) })
      .parse(JSON.parse((await scim("GET", `/Groups/${group}`)).text));
    expect(shown.members.map(({ value }) => value).toSorted()).toEqual(people.toSorted());
    expect(shown.displayName).toMatch(/^Renamed/);
    for (const id of people.slice(1)) expect(await rolesOf(id)).toEqual([NORTH]);
    // Whoever was disabled meanwhile is a member still, and active nowhere.
    expect(await rolesOf(leaver)).toMatchObject([{ territory_id: "north", active: false }]);
    const [row] = await hospital.asOwner("SELECT disabled_at FROM users WHERE id = $1", leaver);
    expect(row?.["disabled_at"]).toBeInstanceOf(Date);
    // The last of those that wrote somebody wrote all of them.
    const written = z
      .object({ displayName: z.string(), externalId: z.string() })
      .parse(JSON.parse((await scim("GET", `/Users/${stays}`)).text));
    expect(written.displayName.replace("Name ", "")).toBe(written.externalId.replace("external-", ""));
    const record = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'group.update' ORDER BY xid, id",
      group,
    );
    // Each came in once, also on record.
    const added = record.flatMap(
      ({ payload }) => z.object({ added: z.array(z.string()) }).parse(payload).added,
    );
    expect(added.toSorted()).toEqual(people.slice(1).toSorted());
  });
});

describe("no role of the installation", () => {
  it("comes by SCIM, nor does SCIM see or change whoever has one", async () => {
    for (const { id, email } of [hospital.people.admin, hospital.people.auditor]) {
      const filter = encodeURIComponent(`userName eq "${email}"`);
      expect(JSON.parse((await scim("GET", `/Users?filter=${filter}`)).text)).toMatchObject({
        totalResults: 0,
      });
      expect((await scim("GET", `/Users/${id}`)).status).toBe(404);
      expect((await setActive(id, false)).status).toBe(404);
      expect((await scim("DELETE", `/Users/${id}`)).status).toBe(404);
      expect((await scim("POST", "/Users", { userName: email })).status).toBe(409);
      const group = await aGroup(id);
      await map(group, CLINICIAN);
      expect(await rolesOf(id)).toMatchObject([{ territory_id: null }]);
      expect(JSON.parse((await scim("GET", `/Groups/${group}`)).text)).toMatchObject({ members: [] });
    }
  });

  it("of somebody whom a directory kept is in its reach, once they have it", async () => {
    const id = await aUser();
    const group = await aGroup(id);
    await actAs(hospital.knex, "setup", (trx) => trx("memberships").insert({ user_id: id, role: "admin" }));
    expect((await scim("GET", `/Users/${id}`)).status).toBe(404);
    expect((await setActive(id, false)).status).toBe(404);
    await map(group, CLINICIAN);
    expect(await rolesOf(id)).toMatchObject([{ territory_id: null, role: "admin" }]);
  });

  it("is given by the database either, whatever the program's code says", async () => {
    const id = await aUser();
    const group = await aGroup(id);
    await map(group, CLINICIAN);
    const attempt = (sql: string, ...values: string[]): Promise<unknown> =>
      actAs(hospital.knex, `scim:${tokenId}`, (trx) => trx.raw(sql, values));
    for (const [sql, ...values] of [
      ["INSERT INTO memberships (user_id, territory_id, role) VALUES (?, NULL, 'admin')", id],
      ["INSERT INTO memberships (user_id, territory_id, role) VALUES (?, NULL, 'auditor')", id],
      ["INSERT INTO memberships (user_id, territory_id, role) VALUES (?, 'north', 'supervisor')", id],
      ["INSERT INTO memberships (user_id, territory_id, role) VALUES (?, 'south', 'clinician')", id],
      ["UPDATE memberships SET role = 'supervisor' WHERE user_id = ?", id],
      ["UPDATE users SET password_hash = 'x' WHERE id = ?", id],
      ["INSERT INTO users (id, email, name, password_hash) VALUES ('p', 'p@x.example', 'p', ?)", "x"],
      ["UPDATE scim_groups SET role = 'admin' WHERE id = ?", group],
      ["INSERT INTO scim_tokens (id, name, secret_hash, made_by) VALUES ('x', 'x', 'x', ?)", id],
    ] as [string, ...string[]][])
      await expect(attempt(sql, ...values), sql).rejects.toThrow();
    // Rows that it does not see.
    for (const sql of [
      "UPDATE users SET disabled_at = now() WHERE id = 'admin' RETURNING id",
      "UPDATE users SET email = 'x@x.example' WHERE id = 'auditor' RETURNING id",
      "DELETE FROM memberships WHERE user_id = 'north-1' RETURNING user_id",
      "UPDATE sessions SET revoked_at = now() WHERE user_id = 'admin' RETURNING id",
      "SELECT id FROM sends",
      "SELECT id FROM notifications",
      "SELECT id FROM audit_events",
      "SELECT id FROM service_keys",
    ])
      expect(await attempt(sql), sql).toMatchObject({ rows: [] });
  });
});

describe("a SCIM token", () => {
  it("is good for nothing else", async () => {
    const open = new Set(["anyone", "provider"]);
    const closed = routes.filter(({ caller }) => !open.has(caller));
    expect(closed.length).toBeGreaterThan(100);
    for (const { method, path } of closed) {
      const at = path.replaceAll(/\{\w+\}/g, "0195a1f0-0000-7000-8000-000000000010");
      const answer = await server.call(method, at, method === "GET" ? undefined : {}, { key: token });
      expect(answer.status, `${method} ${path}`).toBe(401);
    }
  }, 120_000);

  it("is shown once, is on record without its secret, and ends", async () => {
    const made = await aToken("Short", { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect(made.token).toMatch(/^scim_[0-9a-f]{32}\.[A-Za-z0-9_-]{65}$/);
    const { admin, northBoss } = hospital.people;
    const list = await server.get("/api/scim/tokens", as(admin));
    expect(list.text).not.toContain(made.token.split(".")[1]);
    expect(list.read(ScimTokenList).tokens).toContainEqual(
      expect.objectContaining({ name: "Short", state: "live", made_by: "admin", last_used_at: null }),
    );
    const events = async () =>
      await hospital.asOwner("SELECT * FROM audit_events WHERE object_id = $1 ORDER BY id", made.token_id);
    expect(await events()).toMatchObject([
      { actor: "user:admin", action: "scim_token.create", payload: { name: "Short" } },
    ]);
    expect(JSON.stringify(await events())).not.toContain(made.token.split(".")[1]);
    expect((await scim("GET", "/Users", undefined, made.token)).status).toBe(200);
    expect((await server.get("/api/scim/tokens", as(northBoss))).status).toBe(403);
    expect((await server.delete(`/api/scim/tokens/${made.token_id}`, as(admin))).status).toBe(204);
    expect((await scim("GET", "/Users", undefined, made.token)).status).toBe(401);
    expect(await events()).toMatchObject([{}, { action: "scim_token.revoke" }]);
    const late = await aToken("Late", { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    const owner = await hospital.owner("scim_tokens");
    await owner.query("UPDATE scim_tokens SET expires_at = now() WHERE id = $1", [late.token_id]);
    expect((await scim("GET", "/Users", undefined, late.token)).status).toBe(401);
    // What is under way when a token ends is stopped by the database.
    await expect(
      actAs(hospital.knex, `scim:${late.token_id}`, (trx) =>
        trx("users").insert({ id: "late", email: "late@x.example", name: "late" }),
      ),
    ).rejects.toThrow("row-level security");
  });

  it("has a rate of its own, and what is refused is on record", async () => {
    const slow = await startServer(hospital, { RATE_SENDS_PER_SECOND: "1" });
    try {
      const { token: own, token_id } = await aToken("Slow");
      const call = (): Promise<Answer> => slow.call("GET", "/scim/v2/Users", undefined, { key: own });
      const answers = await Promise.all(Array.from({ length: 5 }, call));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(
        await hospital.asOwner(
          "SELECT DISTINCT action, outcome FROM audit_events WHERE actor = $1 AND action <> 'scim.read'",
          `scim:${token_id}`,
        ),
      ).toEqual([{ action: "scim.throttle", outcome: "denied" }]);
    } finally {
      await slow.stop();
    }
    const last = async () => {
      const rows = await hospital.asOwner(
        "SELECT * FROM audit_events WHERE actor = $1 ORDER BY id DESC LIMIT 1",
        `scim:${tokenId}`,
      );
      return rows[0];
    };
    for (const [method, path, body, action, status] of [
      ["PATCH", "/Users/x", { Operations: [] }, "user.update", 400],
      ["PUT", "/Groups/x", "{", "group.update", 400],
      ["POST", "/Groups", "x".repeat(262_145), "group.create", 413],
    ] as const) {
      expect((await scim(method, path, body)).status).toBe(status);
      expect(await last()).toMatchObject({ action, outcome: "denied", payload: { token: "Okta", status } });
    }
    await scim("POST", "/Users", { userName: "x" });
    const [event] = await hospital.asOwner(
      "SELECT * FROM audit_events WHERE actor = $1 ORDER BY id DESC LIMIT 1",
      `scim:${tokenId}`,
    );
    expect(event).toMatchObject({
      ...{ action: "user.create", outcome: "denied" },
      payload: { token: "Okta", status: 400, problem: "invalidValue" },
    });
  });

  it("has what it reads on record, once in a while", async () => {
    const own = await aToken("Reader");
    for (const path of ["/Users", "/Groups", "/Users/north-1", "/Users"])
      await scim("GET", path, undefined, own.token);
    const events = await hospital.asOwner(
      "SELECT action, outcome, payload FROM audit_events WHERE actor = $1",
      `scim:${own.token_id}`,
    );
    expect(events).toEqual([{ action: "scim.read", outcome: "ok", payload: { token: "Reader" } }]);
  });

  it("leaves the node's connections to others while its calls wait", async () => {
    const id = await aUser();
    const owner = await hospital.owner();
    const waiting = async (): Promise<number> => {
      const { rows } = await owner.query(
        "SELECT count(*)::int AS n FROM pg_locks JOIN pg_database ON oid = database WHERE NOT granted AND datname = current_database()",
      );
      return rows[0].n;
    };
    const holder = await hospital.owner();
    for (const [lock, call, most] of [
      [
        `SELECT pg_advisory_xact_lock(${LOCKS.administer})`,
        () => members("0195a1f0-0000-7000-8000-000000000010", "add", id),
        1,
      ],
      ["LOCK TABLE scim_people", () => scim("GET", `/Users/${id}`), 3],
    ] as const) {
      await holder.query("BEGIN");
      await holder.query(lock);
      const calls = Array.from({ length: 14 }, call);
      try {
        await expect.poll(waiting).toBe(most);
        // Each goes by a connection of the same node.
        for (let count = 0; count < 5; count++)
          expect((await server.get("/api/notifications", as(hospital.people.north1))).status).toBe(200);
        expect(await waiting()).toBe(most);
      } finally {
        await holder.query("COMMIT");
        await Promise.allSettled(calls);
      }
      for (const { status } of await Promise.all(calls)) expect([200, 404]).toContain(status);
    }
  });
});

describe("a newcomer's email", () => {
  const move = (id: string): Promise<Answer> =>
    scim("PATCH", `/Users/${id}`, {
      Operations: [{ op: "replace", path: "userName", value: `moved-${(count += 1)}@elsewhere.example` }],
    });
  const { admin, boss } = {
    admin: () => as(hospital.people.admin),
    boss: () => as(hospital.people.northBoss),
  };

  /** What somebody of the house does, in short. */
  const byHand = async (tables: string[], sql: string, id: string): Promise<Answer> => {
    const owner = await hospital.owner(...tables);
    await owner.query(sql, [id]);
    return await server.get("/api/changes", admin());
  };

  it("is the directory's to change while they have nothing but by its groups", async () => {
    const id = await aUser();
    await map(await aGroup(id), CLINICIAN);
    expect((await move(id)).status).toBe(200);
  });

  it.each<[string, (id: string) => Promise<Answer>]>([
    [
      "a role by hand",
      (id) =>
        server.patch(
          `/api/users/${id}`,
          { memberships: [{ territory_id: "south", role: "supervisor" }] },
          admin(),
        ),
    ],
    [
      "a role of the installation that waits",
      async (id) => {
        const owner = await hospital.owner("pending_changes");
        await owner.query(
          `INSERT INTO pending_changes (kind, subject_id, change, asked_by, expires_at)
           VALUES ('person', $1, '{"grant": ["auditor"]}', 'admin', now() + interval '1 day')`,
          [id],
        );
        return await server.get("/api/changes", admin());
      },
    ],
    [
      "a topic by hand",
      async (id) => {
        await map(await aGroup(id), CLINICIAN);
        const topic = `by-hand-${count}`;
        return await server.post(
          "/api/topics",
          { territory_id: "north", topic, name: topic, members: [id] },
          boss(),
        );
      },
    ],
    [
      "a turn on call",
      async (id) => {
        await map(await aGroup(id), CLINICIAN);
        const layer = { name: "All", people: [id], starts: "2026-01-05T08:00", rule: "FREQ=DAILY" };
        return await server.post(
          "/api/schedules",
          {
            ...{ territory_id: "north", name: `Turns ${count}`, zone: "UTC", layers: [layer] },
            fallback: { user_id: "north-2" },
          },
          boss(),
        );
      },
    ],
    [
      "a turn by a calendar",
      (id) =>
        byHand(
          ["schedules", "schedule_calendars", "calendar_shifts"],
          `WITH schedule AS (INSERT INTO schedules (id, territory_id, name, zone, layers) VALUES (gen_random_uuid(), 'north', $1, 'UTC', '[]') RETURNING id),
             calendar AS (INSERT INTO schedule_calendars (id, schedule_id, territory_id, reads_until, digest, unknown_count, unknown)
               SELECT gen_random_uuid(), id, 'north', now(), 'x', 0, '[]' FROM schedule RETURNING id, schedule_id)
           INSERT INTO calendar_shifts (calendar_id, schedule_id, territory_id, user_id, starts_at, ends_at)
             SELECT id, schedule_id, 'north', $1, now(), now() + interval '1 day' FROM calendar`,
          id,
        ),
    ],
    [
      "a colleague's cover",
      (id) =>
        byHand(
          ["availability"],
          "INSERT INTO availability (user_id, status, until, delegate_id) VALUES ('north-2', 'away', now() + interval '1 day', $1) ON CONFLICT (user_id) DO UPDATE SET delegate_id = $1",
          id,
        ),
    ],
    [
      "a step of a policy",
      async (id) => {
        await map(await aGroup(id), CLINICIAN);
        const rules = { steps: [{ after_seconds: 60, to: { user_id: id } }] };
        return await server.post(
          "/api/escalation-policies",
          { territory_id: "north", name: `To ${id}`, rules },
          boss(),
        );
      },
    ],
    [
      "a territory's last resort",
      (id) =>
        byHand(
          ["territories"],
          "UPDATE territories SET settings = jsonb_build_object('last_resort', jsonb_build_object('user_id', $1::text)) WHERE id = 'south'",
          id,
        ),
    ],
    [
      "a territory's last resort, which waits",
      (id) =>
        byHand(
          ["pending_changes"],
          `INSERT INTO pending_changes (kind, subject_id, change, asked_by, expires_at)
           VALUES ('territory', 'south', jsonb_build_object('settings', jsonb_build_object('last_resort', jsonb_build_object('from', NULL, 'to', jsonb_build_object('user_id', $1::text)))), 'admin', now() + interval '1 day')`,
          id,
        ),
    ],
    [
      "a message that waits for its time",
      async (id) => {
        await map(await aGroup(id), CLINICIAN);
        const send_at = new Date(Date.now() + 3_600_000).toISOString();
        return await server.post(
          "/api/notifications/send",
          { ...aSend({ user_id: id, territory_id: "north" }), send_at },
          as(hospital.services.north),
        );
      },
    ],
    [
      "a message",
      async (id) => {
        await map(await aGroup(id), CLINICIAN);
        await hospital.notify("north-1", { user_id: id });
        return await server.get("/api/changes", admin());
      },
    ],
    [
      "a step of an alert that is open",
      async (id) => {
        const alert = await hospital.notify("north-1", { priority: "critical" });
        return await byHand(
          ["notifications"],
          `UPDATE notifications SET escalation = jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('after_seconds', 60, 'to', jsonb_build_object('user_id', $1::text))))
           WHERE id = '${alert}'`,
          id,
        );
      },
    ],
  ])("is not, once somebody of the house has given them %s", async (_, give) => {
    const id = await aUser();
    const given = await give(id);
    expect(given.status, given.text).toBeLessThan(300);
    expect((await move(id)).status).toBe(403);
    // The database says the same.
    await expect(
      actAs(hospital.knex, `scim:${tokenId}`, (trx) =>
        trx("users")
          .where({ id })
          .update({ email: `moved-${id}@elsewhere.example` }),
      ),
    ).rejects.toThrow("moves nobody");
  });

  it("is not, where an admin made them", async () => {
    const { id } = await aPerson(hospital, { id: `newcomer-${(count += 1)}`, territory: "north" });
    expect((await setActive(id, true)).status).toBe(200);
    expect((await move(id)).status).toBe(403);
  });
});
