import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../../store/demo.ts";
import { demoUser, Person, send } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";

const [NORTH, SOUTH] = ["north-hospital", "south-clinic"];
const RULES = {
  steps: [
    { after_seconds: 60, to: { recipient: true }, channels: ["websocket"] },
    { after_seconds: 120, to: { user_id: "demo-clinician-2" } },
    { after_seconds: 300, to: { role: "supervisor" } },
  ],
  repeat: 1,
  acknowledgers: 2,
};

let site: Site;
let node: Program;
let demo: Demo;
let north: Person;
let south: Person;
let owner: pg.Client;

beforeAll(async () => {
  site = await createSite();
  node = await site.start({ role: "api" });
  demo = await site.demo();
  north = await Person.signIn(node.url, demoUser(demo, "supervisor"));
  south = await Person.signIn(node.url, demoUser(demo, "supervisor", 1));
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  for (const table of ["audit_events", "escalation_policies"])
    await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
});
afterAll(async () => {
  await owner.end();
  await site.close();
});

async function call(who: Person, method: string, path = "", body?: object) {
  const answer = await who.fetch(`/api/escalation-policies${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}
const create = (who = north, more: object = {}) =>
  call(who, "POST", "", { territory_id: NORTH, name: "Ward nights", rules: RULES, ...more });
const sendWith = async (escalation_policy_id: string, territory_id = NORTH) => {
  const { user_id } = demoUser(demo, "clinician", territory_id === NORTH ? 0 : 2);
  return await send(node.url, demo.api_key, {
    user_id,
    territory_id,
    message: "Hello",
    escalation_policy_id,
  });
};
const defaults = async (territory: string): Promise<string[]> => {
  const { rows } = await owner.query(
    "SELECT id FROM escalation_policies WHERE territory_id = $1 AND is_default AND deleted_at IS NULL",
    [territory],
  );
  return rows.map(({ id }) => id);
};

describe("/api/escalation-policies", () => {
  it("makes, shows, changes and deletes a policy, on record", async () => {
    const made = await create();
    const id: string = made.body.policy_id;
    const shown = {
      policy_id: id,
      territory_id: NORTH,
      name: "Ward nights",
      is_default: false,
      rules: RULES,
    };
    expect(made).toMatchObject({ status: 201, body: shown });
    expect(made.headers.get("location")).toBe(`/api/escalation-policies/${id}`);
    expect(await call(north, "GET", `/${id}`)).toMatchObject({ status: 200, body: shown });
    const rules = { steps: [{ after_seconds: 30, to: { role: "clinician" } }], repeat: 0, acknowledgers: 1 };
    expect(await call(north, "PATCH", `/${id}`, { name: "Days", rules })).toMatchObject({
      status: 200,
      body: { ...shown, name: "Days", rules },
    });
    expect((await call(north, "GET", "?territory=north-hospital")).body.policies).toContainEqual(
      expect.objectContaining({ policy_id: id, name: "Days" }),
    );
    expect((await call(north, "DELETE", `/${id}`)).status).toBe(204);
    for (const [method, body] of [["GET"], ["PATCH", { name: "x" }], ["DELETE"]] as const)
      expect((await call(north, method, `/${id}`, body)).status).toBe(404);
    expect(JSON.stringify((await call(north, "GET")).body)).not.toContain(id);

    const { rows } = await owner.query(
      "SELECT actor, action, outcome, territory_id FROM audit_events WHERE object_id = $1 ORDER BY id",
      [id],
    );
    expect(rows).toEqual(
      ["policy.create", "policy.update", "policy.delete"].map((action) => ({
        ...{ actor: "user:demo-supervisor-1", outcome: "ok", territory_id: NORTH },
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
      [step({ to: { user_id: "demo-clinician-3" } }), "/rules/steps/1/to/user_id"],
      [step({ to: { user_id: "nobody" } }), "/rules/steps/1/to/user_id"],
      [step({ to: { role: "admin" } }), "/rules/steps/1/to"],
      [step({ channels: ["websocket", "telegraph"] }), "/rules/steps/1/channels/1"],
      [step({ after_seconds: 0 }), "/rules/steps/1/after_seconds"],
      [{ rules: { steps: [] } }, "/rules/steps"],
      [{ rules: { ...RULES, acknowledgers: 0 } }, "/rules/acknowledgers"],
      [{ name: " " }, "/name"],
    ] as const) {
      expect(await create(north, more), path).toMatchObject({ status: 422, body: { errors: [{ path }] } });
    }
    const { policy_id } = (await create()).body;
    const change = { rules: { steps: [{ after_seconds: 5, to: { user_id: "nobody" } }] } };
    expect((await call(north, "PATCH", `/${policy_id}`, change)).status).toBe(422);
    expect((await call(north, "GET", `/${policy_id}`)).body.rules).toEqual(RULES);
  });

  it("keeps one default a territory: a new one takes its place, also of several at once", async () => {
    const [first, second] = [await create(north, { is_default: true }), await create(north)];
    expect(await defaults(NORTH)).toEqual([first.body.policy_id]);
    await call(north, "PATCH", `/${second.body.policy_id}`, { is_default: true });
    expect(await defaults(NORTH)).toEqual([second.body.policy_id]);
    expect((await call(north, "GET", `/${first.body.policy_id}`)).body.is_default).toBe(false);
    const many = await Promise.all(Array.from({ length: 5 }, () => create(north, { is_default: true })));
    expect(many.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(await defaults(NORTH)).toHaveLength(1);
    const [last] = await defaults(NORTH);
    await call(north, "DELETE", `/${last}`);
    expect(await defaults(NORTH)).toEqual([]);
  });

  it("is for supervisors of the territory alone; refusals are on record", async () => {
    const { policy_id } = (await create()).body;
    for (const [method, body] of [["GET"], ["PATCH", { name: "x" }], ["DELETE"]] as const)
      expect((await call(south, method, `/${policy_id}`, body)).status).toBe(404);
    expect((await call(south, "GET", "?territory=north-hospital")).body).toEqual({
      policies: [],
      next: null,
    });
    expect((await create(south)).status).toBe(403);
    for (const role of ["clinician", "admin", "auditor"]) {
      const person = await Person.signIn(node.url, demoUser(demo, role));
      expect((await create(person)).status, role).toBe(403);
      expect((await call(person, "GET")).status, role).toBe(403);
      expect((await call(person, "GET", `/${policy_id}`)).status, role).toBe(403);
      expect((await call(person, "DELETE", `/${policy_id}`)).status, role).toBe(403);
    }
    expect((await fetch(`${node.url}/api/escalation-policies`)).status).toBe(401);
    expect((await call(north, "GET", "/nonsense")).status).toBe(404);
    const { rows } = await owner.query(
      "SELECT DISTINCT actor FROM audit_events WHERE action = 'policy.create' AND outcome = 'denied' ORDER BY actor",
    );
    expect(rows.map(({ actor }) => actor)).toEqual(
      expect.arrayContaining(["user:demo-admin", "user:demo-clinician-1", "user:demo-supervisor-2"]),
    );
  });

  it("pages through the list once", async () => {
    for (let made = 0; made < 4; made++)
      await create(south, {
        territory_id: SOUTH,
        rules: { steps: [{ after_seconds: 9, to: { role: "supervisor" } }] },
      });
    const all = (await call(south, "GET")).body.policies;
    const seen: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await call(south, "GET", `?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.body.policies);
      cursor = page.body.next;
    }
    expect(seen).toEqual(all);
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect((await call(south, "GET", "?cursor=nonsense")).status).toBe(422);
  });

  it("is what a send may name: of its territory, standing", async () => {
    const { policy_id } = (await create()).body;
    expect((await sendWith(policy_id)).status).toBe(202);
    const refused = { status: 422, body: { errors: [{ path: "/escalation_policy_id" }] } };
    expect(await sendWith(policy_id, SOUTH)).toMatchObject(refused);
    expect(await sendWith("0192f0c1-7a00-7000-8000-000000000001")).toMatchObject(refused);
    await call(north, "DELETE", `/${policy_id}`);
    expect(await sendWith(policy_id)).toMatchObject(refused);
  });
});
