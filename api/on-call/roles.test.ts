import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aSend, type TestPerson } from "../../testing/nouns.ts";
import { LAYER, type OnCall, onCallOf, turn } from "../../testing/on-call.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Role, RoleList, Schedule } from "./schema.ts";

const DAY = 86_400_000;

let hospital: Hospital;
let server: TestServer;
let boss: TestPerson;
let north1: TestPerson;
let create: OnCall["create"];
let aSchedule: OnCall["aSchedule"];
let aRole: OnCall["aRole"];
let who: OnCall["who"];

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ northBoss: boss, north1 } = hospital.people);
  ({ create, aSchedule, aRole, who } = onCallOf(server, hospital.people));
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

/** Nobody has a turn before this starts. */
const LATER = { ...LAYER, starts: "2090-01-01T08:00" };
const send = (body: object) =>
  server.post(
    "/api/notifications/send",
    { ...aSend({ user_id: "north-1", territory_id: "north" }), user_id: undefined, ...body },
    as(hospital.services.north),
  );
const Sent = z.object({ notification_id: z.string() });
const sendRow = async (answer: Answer) => {
  const { notification_id } = answer.read(Sent);
  return await hospital.asOwner("SELECT user_id, on_call_role FROM sends WHERE id = $1", notification_id);
};
/** What the record says of an act on a notification. */
const recordOf = async (id: string, action: string): Promise<unknown> => {
  const record = "SELECT payload FROM audit_events WHERE object_id = $1 AND action = $2";
  const [event] = await hospital.asOwner(record, id, action);
  return event?.["payload"];
};

describe("a send to an on-call role", () => {
  it("goes to whoever has it, at its time, and the record names both", async () => {
    const role = await aRole(await aSchedule());
    const now = await send({ to: { role } });
    expect(now.status).toBe(202);
    expect(await sendRow(now)).toEqual([{ user_id: turn(), on_call_role: role }]);
    const onRecord = await recordOf(now.read(Sent).notification_id, "notification.send");
    expect(onRecord).toMatchObject({ user_id: turn(), on_call_role: role });
    expect(onRecord).not.toHaveProperty("gap");
    const tomorrow = new Date(Date.now() + DAY);
    const then = await send({ to: { role }, send_at: tomorrow.toISOString() });
    expect(await sendRow(then)).toEqual([{ user_id: turn(tomorrow), on_call_role: role }]);
  });

  it("goes to the fallback in a gap, also where that is another role, and says so on record and when asked", async () => {
    const person = await aRole(await aSchedule({ layers: [LATER], fallback: { user_id: "north-boss" } }));
    const sent = await send({ to: { role: person } });
    expect(await sendRow(sent)).toMatchObject([{ user_id: "north-boss" }]);
    const onRecord = await recordOf(sent.read(Sent).notification_id, "notification.send");
    expect(onRecord).toMatchObject({ on_call_role: person, user_id: "north-boss", gap: true });
    expect(await who(person)).toMatchObject({ gap: true, person: { user_id: "north-boss" } });
    const role = await aRole(await aSchedule({ layers: [LATER], fallback: { role: person } }));
    expect(await sendRow(await send({ to: { role } }))).toMatchObject([{ user_id: "north-boss" }]);
    // A gap would find nobody, were the role gone.
    const listed = (await server.get("/api/roles?territory=north&limit=100", as(boss))).read(RoleList);
    const { role_id } = listed.roles.find((one) => one.role === person) ?? { role_id: "" };
    expect((await server.delete(`/api/roles/${role_id}`, as(boss))).status).toBe(409);
  });

  it("is refused where nobody can be reached, but its repeat is answered as before", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const key = { "Idempotency-Key": `on-call-${role}` };
    const body = { ...aSend({ user_id: "", territory_id: "north" }), user_id: undefined, to: { role } };
    const post = () => server.post("/api/notifications/send", body, as(hospital.services.north), key);
    const first = await post();
    expect(first.status).toBe(202);
    await server.patch(`/api/schedules/${id}`, { layers: [LATER] }, as(boss));
    expect(await send({ to: { role } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/to/role" }] },
    });
    expect((await post()).body).toEqual(first.body);
  });

  it("names one role of that territory and nothing else, or is refused for just that", async () => {
    const role = await aRole(await aSchedule());
    const far = await create(hospital.people.southBoss, {
      ...{ territory_id: "south", layers: [{ ...LAYER, people: ["south-1"] }] },
    });
    const { schedule_id } = far.read(Schedule);
    const body = { territory_id: "south", role: "far-away", name: "Far away", schedule_id };
    expect((await server.post("/api/roles", body, as(hospital.people.southBoss))).status).toBe(201);
    const refusal = async (more: object) => {
      const { status, body: problem } = await send(more);
      return [status, problem];
    };
    const faults = (...errors: object[]) => [422, expect.objectContaining({ errors })];
    const unknown = { path: "/to/role", message: "is not an on-call role of that territory" };
    /** What it says is about `to`, or a field of it. */
    const misshapen = [
      422,
      expect.objectContaining({
        errors: expect.arrayContaining([
          { path: expect.stringMatching(/^\/to\b/), message: expect.any(String) },
        ]),
      }),
    ];
    const unknownField = (path: string) =>
      faults({ path, message: expect.stringContaining("not known here") });
    for (const [more, refused] of [
      [{}, faults({ path: "/user_id", message: "give either user_id or to" })],
      [
        { user_id: "north-1", to: { role } },
        faults({ path: "/user_id", message: "give either user_id or to" }),
      ],
      // Another territory's role says no more than one that is none.
      [{ to: { role: "far-away" } }, faults(unknown)],
      [{ to: { role: "none-such" } }, faults(unknown)],
      [
        { to: { role: "Nephrology" } },
        faults({ path: "/to/role", message: expect.stringContaining("lower-case") }),
      ],
      [{ to: { role, user_id: "north-1" } }, unknownField("/to/user_id")],
      [{ to: { role, topic: "rapid-response" } }, misshapen],
      [{ to: { rol: role } }, misshapen],
      [{ to: {} }, misshapen],
      [{ to: role }, misshapen],
      [{ to: null }, misshapen],
      [{ to: [{ role }] }, misshapen],
    ] as const)
      expect(await refusal(more), JSON.stringify(more)).toEqual(refused);
    // Who may not send there learns nothing of its roles.
    expect((await send({ territory_id: "south", to: { role: "far-away" } })).status).toBe(403);
    expect((await send({ territory_id: "south", to: { role: "none-such" } })).status).toBe(403);
    expect(await sendRow(await send({ to: { role } }))).toMatchObject([{ on_call_role: role }]);
  });

  it("takes a disabled person's turn for a gap", async () => {
    const { id: userId } = await aPerson(hospital, { id: "north-leaver", territory: "north" });
    const layers = [{ ...LAYER, people: [userId] }];
    const role = await aRole(await aSchedule({ layers, fallback: { user_id: "north-2" } }));
    expect(await who(role)).toMatchObject({ gap: false, person: { user_id: userId } });
    await server.delete(`/api/users/${userId}`, as(hospital.people.admin));
    expect(await who(role)).toMatchObject({ gap: true, person: { user_id: "north-2" } });
  });
});

describe("a step to an on-call role", () => {
  it("tells whoever has it at that moment, and names role and person", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const rules = { steps: [{ after_seconds: 1, to: { role } }], repeat: 0, acknowledgers: 1 };
    const policy = await server.post(
      "/api/escalation-policies",
      { territory_id: "north", name: role, rules },
      as(boss),
    );
    expect(policy.status).toBe(201);
    const { policy_id } = policy.read(z.object({ policy_id: z.string() }));
    const alert = await hospital.notify("north-boss", {
      priority: "critical",
      escalation_policy_id: policy_id,
    });
    await hospital.takeStep(alert);
    const copies = await hospital.asOwner(
      "SELECT user_id FROM notifications WHERE escalated_from = $1",
      alert,
    );
    expect(copies).toEqual([{ user_id: turn() }]);
    const { roles: named } = (await server.get("/api/roles?territory=north", as(boss))).read(
      z.object({ roles: z.array(Role) }),
    );
    const asked = named.find((one) => one.role === role);
    expect((await server.delete(`/api/roles/${asked?.role_id}`, as(boss))).status).toBe(409);
    const taken = await recordOf(alert, "notification.escalate");
    expect(taken).toMatchObject({ to: "on_call", role, user_id: turn(), people: 1 });
    expect(taken).not.toHaveProperty("gap");

    // By the next time it is due nobody has their turn.
    const gap = { layers: [LATER], fallback: { user_id: "north-2" } };
    expect((await server.patch(`/api/schedules/${id}`, gap, as(boss))).status).toBe(200);
    const other = await hospital.notify("north-boss", {
      priority: "critical",
      escalation_policy_id: policy_id,
    });
    await hospital.takeStep(other);
    const toFallback = await recordOf(other, "notification.escalate");
    expect(toFallback).toMatchObject({ to: "on_call", role, user_id: "north-2", gap: true });
  });
});

describe("on-call roles", () => {
  it("ask five at most for one, and a territory has 200", async () => {
    const chain: string[] = [];
    for (let count = 0; count < 6; count++) {
      const before = chain.at(-1);
      const fallback = before === undefined ? { user_id: "north-boss" } : { role: before };
      chain.push(await aRole(await aSchedule({ layers: [LATER], fallback })));
    }
    expect((await who(chain[4] ?? ""))?.person?.user_id).toBe("north-boss");
    expect((await who(chain[5] ?? ""))?.person).toBeNull();

    const { southBoss } = hospital.people;
    const layers = [{ ...LAYER, people: ["south-1"] }];
    const made = await create(southBoss, { territory_id: "south", layers });
    const { schedule_id } = made.read(Schedule);
    const role = (name: string): Promise<Answer> =>
      server.post("/api/roles", { territory_id: "south", role: name, name, schedule_id }, as(southBoss));
    const owner = await hospital.owner("on_call_roles", "schedules");
    await owner.query(
      `INSERT INTO on_call_roles (id, territory_id, role, name, schedule_id)
       SELECT gen_random_uuid(), 'south', 'role-' || n, 'Role', $1
       FROM generate_series(1, 199 - (SELECT count(*) FROM on_call_roles WHERE territory_id = 'south')) AS n`,
      [schedule_id],
    );
    expect((await role("the-last")).status).toBe(201);
    expect((await role("one-more")).status).toBe(409);
    await owner.query(
      `INSERT INTO schedules (id, territory_id, name, zone, layers)
       SELECT gen_random_uuid(), territory_id, name, zone, layers FROM schedules, generate_series(1, 199) WHERE id = $1`,
      [schedule_id],
    );
    expect((await create(southBoss, { territory_id: "south", layers })).status).toBe(409);
  });

  it("have one name each in a territory", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const body = { territory_id: "north", role, name: "Again", schedule_id: id };
    expect((await server.post("/api/roles", body, as(boss))).status).toBe(409);
    for (const name of ["clinician", "Two Words", "x--y"])
      expect((await server.post("/api/roles", { ...body, role: name }, as(boss))).status, name).toBe(422);
    const code = { system: "https://codes.example", code: "17\u200b3" };
    expect(await server.post("/api/roles", { ...body, role: "coded", code }, as(boss))).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/code/code" }] },
    });
    const south = await server.post(
      "/api/roles",
      { ...body, territory_id: "south" },
      as(hospital.people.southBoss),
    );
    expect(south).toMatchObject({ status: 422, body: { errors: [{ path: "/schedule_id" }] } });
    const { roles: listed } = (await server.get("/api/roles?territory=north", as(north1))).read(
      z.object({ roles: z.array(Role), next: z.string().nullable() }),
    );
    const own = listed.find((one) => one.role === role);
    expect((await server.delete(`/api/roles/${own?.role_id}`, as(north1))).status).toBe(403);
    expect((await server.delete(`/api/roles/${own?.role_id}`, as(boss))).status).toBe(204);
    expect((await send({ to: { role } })).status).toBe(422);
  });
});
