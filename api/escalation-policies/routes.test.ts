import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aSend, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Policy } from "./schema.ts";

const RULES = {
  steps: [
    { after_seconds: 60, to: { recipient: true }, channels: ["websocket"] },
    { after_seconds: 120, to: { user_id: "north-2" } },
    { after_seconds: 300, to: { role: "supervisor" } },
  ],
  repeat: 1,
  acknowledgers: 2,
};

const Policies = z.object({ policies: z.array(Policy), next: z.string().nullable() });
const PATH = "/api/escalation-policies";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let north: TestPerson;
let south: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner("audit_events", "escalation_policies", "memberships", "availability");
  [north, south] = [hospital.people.northBoss, hospital.people.southBoss];
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const create = (who = north, more: object = {}): Promise<Answer> =>
  server.post(PATH, { territory_id: "north", name: "Ward nights", rules: RULES, ...more }, as(who));
const createOne = async (who = north, more: object = {}): Promise<string> =>
  (await create(who, more)).read(Policy).policy_id;
const get = (id: string, who = north): Promise<Answer> => server.get(`${PATH}/${id}`, as(who));
const change = (id: string, body: object, who = north): Promise<Answer> =>
  server.patch(`${PATH}/${id}`, body, as(who));
const remove = (id: string, who = north): Promise<Answer> => server.delete(`${PATH}/${id}`, as(who));
const list = async (query = "", who = north): Promise<z.output<typeof Policies>> =>
  (await server.get(`${PATH}${query}`, as(who))).read(Policies);
const sendWith = (escalation_policy_id: string, territory_id: "north" | "south" = "north") =>
  server.post(
    "/api/notifications/send",
    aSend({ user_id: `${territory_id}-1`, territory_id, escalation_policy_id }),
    as(hospital.services[territory_id]),
  );
const defaults = async (territory: string): Promise<unknown[]> => {
  const { rows } = await owner.query(
    "SELECT id FROM escalation_policies WHERE territory_id = $1 AND is_default AND deleted_at IS NULL",
    [territory],
  );
  return rows.map(({ id }) => id);
};

describe("/api/escalation-policies", () => {
  it("makes, shows, changes and deletes a policy, on record", async () => {
    const made = await create();
    const id = made.read(Policy).policy_id;
    const shown = {
      policy_id: id,
      territory_id: "north",
      name: "Ward nights",
      is_default: false,
      rules: RULES,
    };
    expect(made).toMatchObject({ status: 201, body: shown });
    expect(made.headers.get("location")).toBe(`/api/escalation-policies/${id}`);
    expect(await get(id)).toMatchObject({ status: 200, body: shown });
    const rules = { steps: [{ after_seconds: 30, to: { role: "clinician" } }], repeat: 0, acknowledgers: 1 };
    expect(await change(id, { name: "Days", rules })).toMatchObject({
      status: 200,
      body: { ...shown, name: "Days", rules },
    });
    expect((await list("?territory=north")).policies).toContainEqual(
      expect.objectContaining({ policy_id: id, name: "Days" }),
    );
    expect((await remove(id)).status).toBe(204);
    for (const answer of [await get(id), await change(id, { name: "x" }), await remove(id)])
      expect(answer.status).toBe(404);
    expect(JSON.stringify(await list())).not.toContain(id);

    const { rows } = await owner.query(
      "SELECT actor, action, outcome, territory_id FROM audit_events WHERE object_id = $1 ORDER BY id",
      [id],
    );
    expect(rows).toEqual(
      ["policy.create", "policy.update", "policy.delete"].map((action) => ({
        actor: "user:north-boss",
        outcome: "ok",
        territory_id: "north",
        action,
      })),
    );
    expect(
      (await owner.query("SELECT deleted_at FROM escalation_policies WHERE id = $1", [id])).rows,
    ).toEqual([{ deleted_at: expect.any(Date) }]);
  });

  it("refuses rules that nobody could follow, naming the step", async () => {
    const step = (more: object) => ({
      rules: { steps: [RULES.steps[0], { after_seconds: 5, to: { recipient: true }, ...more }] },
    });
    for (const [more, path] of [
      [step({ to: { user_id: "south-1" } }), "/rules/steps/1/to/user_id"],
      [step({ to: { user_id: "nobody" } }), "/rules/steps/1/to/user_id"],
      [step({ to: { role: "admin" } }), "/rules/steps/1/to/role"],
      [step({ channels: ["websocket", "telegraph"] }), "/rules/steps/1/channels/1"],
      [step({ after_seconds: 0 }), "/rules/steps/1/after_seconds"],
      [{ rules: { steps: [] } }, "/rules/steps"],
      [{ rules: { ...RULES, acknowledgers: 0 } }, "/rules/acknowledgers"],
      [{ name: " " }, "/name"],
    ] as const) {
      expect(await create(north, more), path).toMatchObject({ status: 422, body: { errors: [{ path }] } });
    }
    const id = await createOne();
    const rules = { steps: [{ after_seconds: 5, to: { user_id: "nobody" } }] };
    expect((await change(id, { rules })).status).toBe(422);
    expect((await get(id)).read(Policy).rules).toEqual(RULES);
  });

  it("keeps one default a territory: a new one takes its place, also of several at once", async () => {
    const [first, second] = [await createOne(north, { is_default: true }), await createOne()];
    expect(await defaults("north")).toEqual([first]);
    await change(second, { is_default: true });
    expect(await defaults("north")).toEqual([second]);
    expect((await get(first)).read(Policy).is_default).toBe(false);
    const many = await Promise.all(Array.from({ length: 5 }, () => create(north, { is_default: true })));
    expect(many.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(await defaults("north")).toHaveLength(1);
    const [last] = await defaults("north");
    await remove(String(last));
    expect(await defaults("north")).toEqual([]);
  });

  it("is for supervisors of the territory alone; refusals are on record", async () => {
    const id = await createOne();
    for (const answer of [
      await get(id, south),
      await change(id, { name: "x" }, south),
      await remove(id, south),
    ])
      expect(answer.status).toBe(404);
    expect(await list("?territory=north", south)).toEqual({ policies: [], next: null });
    expect((await create(south)).status).toBe(403);
    const { north1, admin, auditor } = hospital.people;
    for (const person of [north1, admin, auditor]) {
      expect((await create(person)).status, person.role).toBe(403);
      expect((await server.get(PATH, as(person))).status, person.role).toBe(403);
      expect((await get(id, person)).status, person.role).toBe(403);
      expect((await remove(id, person)).status, person.role).toBe(403);
    }
    expect((await server.get(PATH)).status).toBe(401);
    expect((await get("nonsense")).status).toBe(404);
    const { rows } = await owner.query(
      "SELECT DISTINCT actor FROM audit_events WHERE action = 'policy.create' AND outcome = 'denied' ORDER BY actor",
    );
    expect(rows.map(({ actor }) => actor)).toEqual(
      expect.arrayContaining(["user:admin", "user:north-1", "user:south-boss"]),
    );
  });

  it("says what the targets of its steps are called, however it is asked for", async () => {
    const { people } = hospital;
    const rapid = { territory_id: "north", topic: "rapid", name: "Rapid response" };
    expect((await server.post("/api/topics", rapid, as(north))).status).toBe(201);
    const steps = [
      { user_id: people.north1.id },
      { topic: "rapid" },
      { role: "supervisor" },
      { recipient: true },
    ];
    const rules = { steps: steps.map((to) => ({ after_seconds: 9, to })) };
    const targets = [people.north1.id, "Rapid response", null, null];
    const made = await create(north, { rules });
    expect(made.body).toMatchObject({ targets });
    const id = made.read(Policy).policy_id;
    expect((await get(id)).body).toMatchObject({ targets });
    const listed = (await list()).policies.find(({ policy_id }) => policy_id === id);
    expect(listed).toMatchObject({ targets });
  });

  it("pages through the list once", async () => {
    for (let made = 0; made < 4; made++)
      await create(south, {
        territory_id: "south",
        rules: { steps: [{ after_seconds: 9, to: { role: "supervisor" } }] },
      });
    const all = (await list("", south)).policies;
    const seen: Policy[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: z.output<typeof Policies> = await list(
        `?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`,
        south,
      );
      seen.push(...page.policies);
      cursor = page.next;
    }
    expect(seen).toEqual(all);
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect((await server.get(`${PATH}?cursor=nonsense`, as(south))).status).toBe(422);
  });

  it("is what a send may name: of its territory, standing", async () => {
    const id = await createOne();
    expect((await sendWith(id)).status).toBe(202);
    const refused = { status: 422, body: { errors: [{ path: "/escalation_policy_id" }] } };
    expect(await sendWith(id, "south")).toMatchObject(refused);
    expect(await sendWith("0192f0c1-7a00-7000-8000-000000000001")).toMatchObject(refused);
    await remove(id);
    expect(await sendWith(id)).toMatchObject(refused);
  });
});

describe("trying a draft", () => {
  const reach = (steps: object[], who = north): Promise<Answer> =>
    server.post(`${PATH}/reach`, { territory_id: "north", steps }, as(who));

  it("says by name whom each step would tell now, and whom it would not reach", async () => {
    const { people, knex } = hospital;
    const gone = await aPerson({ knex }, { territory: "north", role: "clinician" });
    await owner.query("UPDATE memberships SET active = false WHERE user_id = $1", [gone.id]);
    const answer = await reach([
      { to: { recipient: true } },
      { to: { role: "supervisor" } },
      { to: { role: "clinician" } },
      { to: { user_id: people.north1.id }, channels: ["sms"] },
      { to: { role: "no-such-role" } },
    ]);
    expect(answer.status).toBe(200);
    const nobody = { count: 0, people: [] };
    const named = (...all: TestPerson[]) => ({
      count: all.length,
      people: all.map(({ id }) => ({ user_id: id, name: id })),
    });
    expect(answer.body).toEqual({
      steps: [
        { name: null, told: null, unreached: nobody },
        { name: null, told: named(people.northBoss), unreached: nobody },
        {
          name: null,
          told: named(people.north1, people.north2),
          unreached: { count: 1, people: [expect.objectContaining({ user_id: gone.id })] },
        },
        // There is no such channel here, nor a number of theirs.
        { name: people.north1.id, told: nobody, unreached: named(people.north1) },
        { name: null, told: nobody, unreached: nobody },
      ],
    });
  });

  it("counts somebody's cover among those whom a step tells", async () => {
    const { people } = hospital;
    await owner.query(
      "INSERT INTO availability (user_id, status, until, delegate_id) VALUES ($1, 'away', now() + interval '1 hour', $2)",
      [people.north1.id, people.north2.id],
    );
    const { body } = await reach([{ to: { user_id: people.north1.id } }]);
    expect(body).toMatchObject({
      steps: [{ told: { people: [{ user_id: people.north1.id }, { user_id: people.north2.id }] } }],
    });
    await owner.query("DELETE FROM availability WHERE user_id = $1", [people.north1.id]);
  });

  it("is for those who supervise that territory", async () => {
    expect((await reach([{ to: { role: "supervisor" } }], south)).status).toBe(403);
    expect((await reach([{ to: { role: "supervisor" } }], hospital.people.north1)).status).toBe(403);
  });
});
