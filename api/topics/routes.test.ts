import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { actAs } from "../../store/db/knex.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aSend, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Schedule } from "../on-call/schema.ts";
import { PeopleFound, Topic, TopicList } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let boss: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  boss = hospital.people.northBoss;
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

let count = 0;
const word = (noun: string): string => `${noun}-${(count += 1)}`;

const create = (more: object = {}, by: TestPerson = boss): Promise<Answer> =>
  server.post(
    "/api/topics",
    { territory_id: "north", topic: word("team"), name: "Rapid response", ...more },
    as(by),
  );
const aTopic = async (more: object = {}): Promise<Topic> => {
  const made = await create(more);
  expect(made.status, made.text).toBe(201);
  return made.read(Topic);
};

/** An on-call role that `person` always has; null: nobody. */
const aRole = async (person: string | null): Promise<string> => {
  const role = word("on-call");
  const layer = { name: "All", people: [person ?? "north-1"], rule: "FREQ=DAILY" };
  const { schedule_id } = await server.make(
    Schedule,
    "/api/schedules",
    {
      territory_id: "north",
      name: "Always",
      zone: "UTC",
      layers: [{ ...layer, starts: person === null ? "2090-01-01T08:00" : "2026-01-05T08:00" }],
    },
    as(boss),
  );
  const made = await server.post(
    "/api/roles",
    { territory_id: "north", role, name: role, schedule_id },
    as(boss),
  );
  expect(made.status).toBe(201);
  return role;
};

const send = (body: object, headers = {}): Promise<Answer> =>
  server.post(
    "/api/notifications/send",
    { ...aSend({ user_id: "", territory_id: "north" }), user_id: undefined, ...body },
    as(hospital.services.north),
    headers,
  );
const broadcast = (body: object): Promise<Answer> =>
  server.post(
    "/api/notifications/broadcast",
    { territory_id: "north", message: "Drill", ...body },
    as(hospital.services.north),
  );
const idOf = (answer: Answer): string => {
  const body = answer.read(
    z.object({ notification_id: z.uuid().optional(), broadcast_id: z.uuid().optional() }),
  );
  return body.notification_id ?? body.broadcast_id ?? "";
};
const peopleOf = async (id: string): Promise<unknown[]> => {
  const rows = await hospital.asOwner(
    "SELECT user_id FROM notifications WHERE send_id = $1 AND user_id IS NOT NULL ORDER BY user_id",
    id,
  );
  return rows.map((row) => row["user_id"]);
};
const lastRecord = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await hospital.asOwner("SELECT * FROM audit_events WHERE object_id = $1 ORDER BY id DESC LIMIT 1", id))[0];

describe("topics", () => {
  it("are made, seen, changed and deleted, on record", async () => {
    const role = await aRole("north-1");
    const topic = word("team");
    const made = await create({ topic, members: ["north-2", "north-1", "north-2"], roles: [role, role] });
    expect(made.status, made.text).toBe(201);
    const { topic_id: id, ...kept } = made.read(Topic);
    expect(made.headers.get("location")).toBe(`/api/topics/${id}`);
    expect(kept).toMatchObject({
      topic,
      roles: [role],
      members: ["north-1", "north-2"].map((user_id) => ({
        user_id,
        name: user_id,
        active: true,
        from: ["house"],
      })),
    });
    expect(await lastRecord(id)).toMatchObject({
      actor: "user:north-boss",
      action: "topic.create",
      territory_id: "north",
      payload: { topic, members: ["north-1", "north-2"], roles: [role] },
    });
    const changed = await server.patch(`/api/topics/${id}`, { name: "Days", roles: [] }, as(boss));
    expect(changed.read(Topic)).toMatchObject({ name: "Days", roles: [], members: [{}, {}] });
    expect(await lastRecord(id)).toMatchObject({ action: "topic.update" });
    const added = await server.put(`/api/topics/${id}/members/north-boss`, undefined, as(boss));
    expect(added.read(Topic).members).toHaveLength(3);
    expect(await lastRecord(id)).toMatchObject({
      action: "topic.add",
      payload: { topic, user_id: "north-boss" },
    });
    const taken = await server.delete(`/api/topics/${id}/members/north-2`, as(boss));
    expect(taken.read(Topic).members.map(({ user_id }) => user_id)).toEqual(["north-1", "north-boss"]);
    expect(await lastRecord(id)).toMatchObject({
      action: "topic.take_out",
      payload: { topic, user_id: "north-2" },
    });
    expect((await server.delete(`/api/topics/${id}/members/north-2`, as(boss))).status).toBe(404);
    const { topics } = (await server.get("/api/topics?territory=north&limit=100", as(boss))).read(TopicList);
    expect(topics).toContainEqual(taken.body);
    expect(topics.map((one) => one.topic)).toEqual(topics.map((one) => one.topic).toSorted());
    expect((await server.delete(`/api/topics/${id}`, as(boss))).status).toBe(204);
    expect(await lastRecord(id)).toMatchObject({ action: "topic.delete" });
    expect((await server.get(`/api/topics/${id}`, as(boss))).status).toBe(404);
    // The word is free again.
    expect((await create({ topic })).status).toBe(201);
    expect((await create({ topic })).status).toBe(409);
  });

  it("have people and roles of their territory alone", async () => {
    const gone = await aPerson(hospital, { id: word("north-gone"), territory: "north" });
    await server.delete(`/api/users/${gone.id}`, as(hospital.people.admin));
    for (const [more, path] of [
      [{ members: ["north-1", "south-1"] }, "/members/1"],
      [{ members: [gone.id] }, "/members/0"],
      [{ members: ["admin"] }, "/members/0"],
      [{ roles: ["none-such"] }, "/roles/0"],
      [{ roles: ["clinician"] }, "/roles/0"],
      [{ topic: "Not a word" }, "/topic"],
    ] as const)
      expect(await create(more), path).toMatchObject({ status: 422, body: { errors: [{ path }] } });
    const { topic_id: id } = await aTopic();
    for (const user of ["south-1", gone.id, "nobody"])
      expect((await server.put(`/api/topics/${id}/members/${user}`, undefined, as(boss))).status).toBe(422);
    const refused = await server.patch(`/api/topics/${id}`, { roles: ["none-such"] }, as(boss));
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: "/roles/0" }] } });
  });

  it("are kept by the territory's supervisors and by admins, and seen by its people alone", async () => {
    const { topic_id: id } = await aTopic({ members: ["north-1"] });
    const { north1, south1, southBoss, admin, auditor } = hospital.people;
    for (const person of [north1, southBoss, auditor])
      expect((await create({}, person)).status, person.id).toBe(403);
    for (const person of [south1, southBoss, auditor]) {
      expect((await server.get(`/api/topics/${id}`, as(person))).status, person.id).toBe(404);
      expect((await server.get("/api/topics", as(person))).read(TopicList).topics).toEqual([]);
    }
    expect((await server.get(`/api/topics/${id}`, as(north1))).read(Topic).members).toMatchObject([
      { name: "north-1" },
    ]);
    expect((await server.get(`/api/topics/${id}/people`, as(north1))).status).toBe(403);
    expect((await server.delete(`/api/topics/${id}`, as(north1))).status).toBe(403);
    const role = await aRole("north-1");
    const changed = await server.patch(`/api/topics/${id}`, { roles: [role] }, as(admin));
    expect(changed.read(Topic).roles).toEqual([role]);
    expect((await server.put(`/api/topics/${id}/members/north-2`, undefined, as(admin))).status).toBe(200);
    expect((await create({ members: ["north-1"] }, admin)).status).toBe(201);
  });

  it("are changed by no admin who is of the territory: it would be what comes to themself", async () => {
    const admin = async (role: "clinician" | "supervisor"): Promise<TestPerson> => {
      const person = await aPerson(hospital, { id: word("north-admin"), role, territory: "north" });
      await actAs(hospital.knex, "setup", (trx) =>
        trx("memberships").insert({ user_id: person.id, territory_id: null, role: "admin" }),
      );
      return person;
    };
    const both = await admin("clinician");
    const { topic_id: id } = await aTopic({ members: ["north-1"] });
    const role = await aRole(both.id);
    const refused = [
      await create({ members: [both.id] }, both),
      await create({ roles: [role] }, both),
      await server.put(`/api/topics/${id}/members/${both.id}`, undefined, as(both)),
      await server.patch(`/api/topics/${id}`, { roles: [role] }, as(both)),
      await server.delete(`/api/topics/${id}/members/north-1`, as(both)),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect((await server.get(`/api/topics/${id}`, as(both))).read(Topic)).toMatchObject({
      roles: [],
      members: [{ user_id: "north-1" }],
    });
    // Of another territory they keep them, and a supervisor who is an admin keeps those of their own.
    expect((await create({ territory_id: "south" }, both)).status).toBe(201);
    const chief = await admin("supervisor");
    expect((await create({ members: [chief.id] }, chief)).status).toBe(201);
  });

  it("find people of their territory who are not in them", async () => {
    const { topic_id: id } = await aTopic({ members: ["north-1"] });
    const find = async (q: string) =>
      (await server.get(`/api/topics/${id}/people?q=${encodeURIComponent(q)}`, as(boss))).read(PeopleFound)
        .people;
    expect(await find("north-2")).toEqual([{ user_id: "north-2", name: "north-2" }]);
    const ids = (await find("")).map(({ user_id }) => user_id);
    expect(ids).toContain("north-boss");
    expect(ids).not.toContain("north-1");
    expect(ids.filter((one) => !one.startsWith("north"))).toEqual([]);
    expect(await find("%")).toEqual([]);
  });

  it("keep every one of the changes that come at once", async () => {
    const { topic_id: id } = await aTopic({ members: ["north-boss"] });
    const path = (user: string): string => `/api/topics/${id}/members/${user}`;
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => server.put(path("north-1"), undefined, as(boss))),
      server.put(path("north-2"), undefined, as(hospital.people.admin)),
      server.delete(path("north-boss"), as(hospital.people.admin)),
      server.patch(`/api/topics/${id}`, { name: "Both" }, as(boss)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    const { name, members } = (await server.get(`/api/topics/${id}`, as(boss))).read(Topic);
    expect([name, members.map(({ user_id }) => user_id)]).toEqual(["Both", ["north-1", "north-2"]]);
  });

  it("hold 200 people, also where the last two come at once", async () => {
    const { topic_id: id } = await aTopic();
    const crowd = await Promise.all(
      Array.from({ length: 3 }, () => aPerson(hospital, { id: word("north-late"), territory: "north" })),
    );
    const owner = await hospital.owner("users", "topics", "topic_members");
    await owner.query(
      "INSERT INTO users (id, email, name) SELECT 'full-' || n, 'full-' || n || '@x.example', 'n' FROM generate_series(1, 199) AS n",
    );
    await owner.query(
      "INSERT INTO topic_members (topic_id, territory_id, user_id, by_hand) SELECT $1, 'north', 'full-' || n, true FROM generate_series(1, 199) AS n",
      [id],
    );
    const answers = await Promise.all(
      crowd.map((person) => server.put(`/api/topics/${id}/members/${person.id}`, undefined, as(boss))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });

  it("are listed by pages of some thousand members, whatever was asked for", async () => {
    const owner = await hospital.owner("users", "topics", "topic_members");
    await owner.query(
      "INSERT INTO users (id, email, name) SELECT 'listed-' || n, 'listed-' || n || '@x.example', 'n' FROM generate_series(1, 200) AS n",
    );
    const made: string[] = [];
    for (let topics = 0; topics < 7; topics++) {
      const { topic_id: id } = await aTopic();
      await owner.query(
        "INSERT INTO topic_members (topic_id, territory_id, user_id, by_hand) SELECT $1, 'north', 'listed-' || n, true FROM generate_series(1, 200) AS n",
        [id],
      );
      made.push(id);
    }
    const listed: string[] = [];
    let pages = 0;
    for (let next: string | null = ""; next !== null; pages++) {
      const place: string = next === "" ? "" : `&cursor=${next}`;
      const page = (await server.get(`/api/topics?limit=100${place}`, as(boss))).read(TopicList);
      const members = page.topics.map((one) => one.members.length);
      expect(members.slice(0, -1).reduce((sum, one) => sum + one, 0)).toBeLessThan(1_000);
      listed.push(...page.topics.map(({ topic_id }) => topic_id));
      next = page.next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(listed.filter((id) => made.includes(id)).toSorted()).toEqual(made.toSorted());
    expect(new Set(listed).size).toBe(listed.length);
    await owner.query("UPDATE topics SET deleted_at = now() WHERE id = ANY ($1)", [made]);
  });

  it("keep the on-call roles that they name", async () => {
    const role = await aRole("north-1");
    const { topic, topic_id } = await aTopic({ roles: [role] });
    const { roles } = (await server.get("/api/roles?territory=north&limit=100", as(boss))).read(
      z.object({ roles: z.array(z.object({ role_id: z.string(), role: z.string() })) }),
    );
    const id = roles.find((one) => one.role === role)?.role_id ?? "";
    const refused = await server.delete(`/api/roles/${id}`, as(boss));
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining(topic) } });
    await server.delete(`/api/topics/${topic_id}`, as(boss));
    expect((await server.delete(`/api/roles/${id}`, as(boss))).status).toBe(204);
  });
});

describe("a step to a topic", () => {
  it("tells whoever is in it at that moment, and those who have its on-call roles, on record; the policy keeps it", async () => {
    const { topic, topic_id } = await aTopic({ members: ["north-2"] });
    const rules = {
      steps: [
        { after_seconds: 1, to: { topic } },
        { after_seconds: 1, to: { topic } },
      ],
    };
    const policyOf = (to: object) => ({
      ...{ territory_id: "north", name: topic },
      rules: { steps: [{ after_seconds: 1, to }] },
    });
    expect(
      await server.post("/api/escalation-policies", policyOf({ topic: "nobody" }), as(boss)),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/rules/steps/0/to/topic" }] },
    });
    const made = await server.post("/api/escalation-policies", { ...policyOf({ topic }), rules }, as(boss));
    expect(made.status, made.text).toBe(201);
    const { policy_id } = made.read(z.object({ policy_id: z.string() }));
    const alert = await hospital.notify("north-boss", {
      priority: "critical",
      escalation_policy_id: policy_id,
    });
    const step = async () => {
      await hospital.takeStep(alert);
      const copies = await hospital.asOwner(
        "SELECT user_id FROM notifications WHERE escalated_from = $1",
        alert,
      );
      return copies.map(({ user_id }) => user_id).toSorted();
    };
    expect(await step()).toEqual(["north-2"]);
    await server.patch(`/api/topics/${topic_id}`, { roles: [await aRole("north-1")] }, as(boss));
    expect(await step()).toEqual(["north-1", "north-2"]);
    const record = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'notification.escalate' ORDER BY id",
      alert,
    );
    expect(record.map(({ payload }) => payload)).toMatchObject([
      { to: "topic", topic, people: 1 },
      { to: "topic", topic, people: 2 },
    ]);
    expect((await server.delete(`/api/topics/${topic_id}`, as(boss))).status).toBe(409);
  });
});

describe("a send to a topic", () => {
  it("reaches each of its people once, by name and by role, and nobody else; the record names them", async () => {
    // Somebody with two roles there is one person all the same.
    const both = await aPerson(hospital, { id: word("north-zwei"), territory: "north" });
    await actAs(hospital.knex, "setup", (trx) =>
      trx("memberships").insert({ user_id: both.id, territory_id: "north", role: "supervisor" }),
    );
    const role = await aRole("north-1");
    const { topic } = await aTopic({
      members: ["north-1", "north-boss", both.id],
      roles: [role, await aRole("north-2")],
    });
    const sent = await send({ to: { topic } });
    expect(sent.status, sent.text).toBe(202);
    const id = idOf(sent);
    expect(sent.body).toMatchObject({ broadcast_id: id });
    expect(sent.headers.get("location")).toBe(`/api/broadcasts/${id}`);
    expect(await lastRecord(id)).toMatchObject({
      action: "notification.send",
      payload: { topic, people: ["north-1", "north-2", "north-boss", both.id] },
    });
    await hospital.page(id);
    expect(await peopleOf(id)).toEqual(["north-1", "north-2", "north-boss", both.id]);
    expect((await server.get(`/api/broadcasts/${id}`, as(hospital.services.north))).body).toMatchObject({
      status: "completed",
      recipients: 4,
      persisted: 4,
    });
  });

  it("asks for all its on-call roles by the statements of one, each fallback included", async () => {
    const people = ["north-1", "north-2", "north-boss"];
    const roles = [];
    for (const person of people) {
      const role = await aRole(null);
      const instead = await aRole(person);
      const [row] = await hospital.asOwner(
        "SELECT schedule_id FROM on_call_roles WHERE role = $1 AND territory_id = 'north'",
        role,
      );
      const changed = await server.patch(
        `/api/schedules/${String(row?.["schedule_id"])}`,
        { fallback: { role: instead } },
        as(boss),
      );
      expect(changed.status, changed.text).toBe(200);
      roles.push(role);
    }
    const { topic } = await aTopic({ members: [], roles });
    const asked: string[] = [];
    const note = ({ sql }: { sql: string }): void => void asked.push(sql);
    hospital.knex.on("query", note);
    const sent = await send({ to: { topic } });
    hospital.knex.off("query", note);
    expect(sent.status, sent.text).toBe(202);
    expect(await lastRecord(idOf(sent))).toMatchObject({ payload: { people } });
    // One step for what the roles say, and one for their fallbacks.
    for (const table of ["on_call_roles", "schedules", "schedule_overrides", "calendar_shifts"])
      expect(
        asked.filter((sql) => sql.includes(`from "${table}"`)),
        table,
      ).toHaveLength(2);
  });

  it("passes over who is disabled, or has left the territory", async () => {
    const gone = await aPerson(hospital, { id: word("north-gone"), territory: "north" });
    const left = await aPerson(hospital, { id: word("north-left"), territory: "north" });
    const later = await aPerson(hospital, { id: word("north-later"), territory: "north" });
    const { topic, topic_id } = await aTopic({ members: [gone.id, left.id, later.id, "north-1"] });
    const { admin } = hospital.people;
    await server.delete(`/api/users/${gone.id}`, as(admin));
    await server.patch(
      `/api/users/${left.id}`,
      { memberships: [{ territory_id: "south", role: "clinician" }] },
      as(admin),
    );
    const { members } = (await server.get(`/api/topics/${topic_id}`, as(boss))).read(Topic);
    expect(members.filter(({ active }) => !active).map(({ user_id }) => user_id)).toEqual([gone.id, left.id]);
    const id = idOf(await send({ to: { topic } }));
    expect(await lastRecord(id)).toMatchObject({ payload: { people: [later.id, "north-1"].toSorted() } });
    // Between the send and its arrival.
    await server.delete(`/api/users/${later.id}`, as(admin));
    await hospital.page(id);
    expect(await peopleOf(id)).toEqual(["north-1"]);
  });

  it("is for who was in it when it was sent", async () => {
    const { topic, topic_id } = await aTopic({ members: ["north-1"] });
    const id = idOf(await send({ to: { topic } }));
    await server.put(`/api/topics/${topic_id}/members/north-2`, undefined, as(boss));
    await hospital.page(id);
    expect(await peopleOf(id)).toEqual(["north-1"]);
  });

  it("is refused with words where it reaches nobody, but its repeat is answered as before", async () => {
    const { topic, topic_id } = await aTopic({ members: ["north-1"], roles: [await aRole(null)] });
    const key = { "Idempotency-Key": topic };
    const first = await send({ to: { topic } }, key);
    await server.delete(`/api/topics/${topic_id}/members/north-1`, as(boss));
    expect(await send({ to: { topic } })).toMatchObject({
      status: 422,
      body: {
        errors: [{ path: "/to/topic", message: expect.stringContaining("nobody of it can be reached") }],
      },
    });
    const again = await send({ to: { topic } }, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    for (const wrong of ["none-such", (await aTopic()).topic])
      expect(await send({ to: { topic: wrong } })).toMatchObject({
        status: 422,
        body: { errors: [{ path: "/to/topic" }] },
      });
  });

  it("does not cross its territory's wall", async () => {
    const { topic } = await aTopic({ members: ["north-1"] });
    const body = { ...aSend({ user_id: "", territory_id: "south" }), user_id: undefined, to: { topic } };
    const answer = await server.post("/api/notifications/send", body, as(hospital.services.south));
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/to/topic", message: "is not a topic of that territory" }] },
    });
  });

  it("has nothing that is for one person", async () => {
    const { topic } = await aTopic({ members: ["north-1"] });
    for (const more of [
      { dedup_key: "freezer" },
      { require_read_back: "6.8" },
      { replaces: "0195a1f0-5c00-7000-8000-000000000001" },
      { user_id: "north-1" },
    ])
      expect(await send({ to: { topic }, ...more })).toMatchObject({
        status: 422,
        body: { errors: [{ path: `/${Object.keys(more)[0]}` }] },
      });
  });

  it("escalates until each of its people has acknowledged", async () => {
    const { topic } = await aTopic({ members: ["north-1", "north-2"] });
    const id = idOf(await send({ to: { topic }, priority: "critical" }));
    await hospital.page(id);
    const [alert] = await hospital.asOwner(
      "SELECT user_id, next_step_at FROM notifications WHERE id = $1",
      id,
    );
    expect(alert).toMatchObject({ user_id: null, next_step_at: expect.any(Date) });
  });

  it("may come in bulk", async () => {
    const { topic } = await aTopic({ members: ["north-1"] });
    const one = { territory_id: "north", message: "x", to: { topic } };
    const answer = await server.post(
      "/api/notifications/send-bulk",
      { notifications: [one, { ...one, to: { topic: "none-such" } }] },
      as(hospital.services.north),
    );
    expect(answer.body).toMatchObject({ results: [{ status: "sent" }, { problem: { status: 422 } }] });
  });
});

describe("a broadcast to a topic", () => {
  it("reaches its people, or those of them who have a role", async () => {
    const { topic } = await aTopic({ members: ["north-1", "north-boss"], roles: [await aRole("north-1")] });
    const all = idOf(await broadcast({ topic }));
    await hospital.page(all);
    expect(await peopleOf(all)).toEqual(["north-1", "north-boss"]);
    const some = idOf(await broadcast({ topic, role: "supervisor" }));
    await hospital.page(some);
    expect(await peopleOf(some)).toEqual(["north-boss"]);
    const { topic: clinicians } = await aTopic({ members: ["north-1"] });
    for (const body of [{ topic: clinicians, role: "supervisor" }, { topic: "none-such" }])
      expect(await broadcast(body)).toMatchObject({ status: 422, body: { errors: [{ path: "/topic" }] } });
  });
});
