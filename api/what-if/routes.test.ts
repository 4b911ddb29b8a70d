import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import type { EscalationRules } from "../../store/notifications/escalation.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPolicy, aWish } from "../../testing/nouns.ts";
import { startPager, type PagerServer } from "../../tools/pager/server.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { WhatIfAnswer } from "./schema.ts";

/** What a sender wrote, and may be seen nowhere. */
const PATIENT = "Maria Dolores Quintanilla";
const HOUR = 3_600_000;
const MINUTE = 60_000;

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let pager: PagerServer;

beforeAll(async () => {
  pager = await startPager();
  hospital = await createHospital({ channels: ["websocket", "pager"] });
  server = await startServer(hospital, pager.env);
  owner = await hospital.owner("notifications", "deliveries");
});
beforeEach(async () => {
  await owner.query("UPDATE notifications SET created_at = created_at - interval '40 days'");
  await actAs(hospital.knex, "setup", (trx) => trx("escalation_policies").update({ is_default: false }));
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  await pager.close();
});

const BOSS = { role: "supervisor" };
const bossAfter = (minutes: number): EscalationRules => ({
  ...{ steps: [{ after_seconds: minutes * 60, to: BOSS }], repeat: 0, acknowledgers: 1 },
});

/** Steps ten minutes after each other. */
const rulesOf = (to: EscalationRules["steps"][number]["to"][], acknowledgers = 1): EscalationRules => ({
  ...{ steps: to.map((whom) => ({ after_seconds: 600, to: whom })), repeat: 0, acknowledgers },
});

/** Lets time pass for a notification and its family: what was decided of it lies further back then. */
async function pass(id: string, minutes: number): Promise<void> {
  const family = "SELECT id FROM notifications WHERE id = $1 OR escalated_from = $1";
  const back = `- make_interval(mins => ${minutes})`;
  await owner.query(
    `UPDATE deliveries SET created_at = created_at ${back}, updated_at = updated_at ${back} WHERE notification_id IN (${family})`,
    [id],
  );
  await owner.query(
    `UPDATE notifications SET created_at = created_at ${back}, next_step_at = next_step_at ${back}, acknowledged_at = acknowledged_at ${back},
       declined_at = declined_at ${back}
     WHERE id = $1 OR escalated_from = $1`,
    [id],
  );
}

const acknowledge = (id: string, person: string) =>
  server.post(`/api/notifications/${id}/acknowledge`, undefined, as({ id: person }));

/** A critical alert to north-1, acknowledged so many minutes after its sending. */
async function alertOf(minutes: number, more: object = {}): Promise<string> {
  const id = await hospital.notify("north-1", {
    priority: "critical",
    message: `For ${PATIENT}`,
    ...more,
  });
  await pass(id, minutes);
  expect((await acknowledge(id, "north-1")).status).toBe(200);
  await pass(id, 20);
  return id;
}

const ask = (change: object, by = hospital.people.northBoss, more: object = {}) =>
  server.post(
    "/api/what-if",
    {
      territory_id: "north",
      from: new Date(Date.now() - 12 * HOUR).toISOString(),
      to: new Date(Date.now() + HOUR).toISOString(),
      change,
      ...more,
    },
    as(by),
  );

async function answerTo(change: object, more: object = {}) {
  const answer = await ask(change, hospital.people.northBoss, more);
  expect([answer.status, answer.text]).toEqual([200, expect.not.stringContaining(PATIENT)]);
  return answer.read(WhatIfAnswer);
}
const tellings = (told: { user_id: string; after_seconds: number }[]): string[] =>
  told.map(({ user_id, after_seconds }) => `${user_id} ${Math.round(after_seconds / 60)}`);

describe("what if the policy were another one", () => {
  it("tells the supervisors where its first step comes sooner, and leaves alone what was acknowledged before", async () => {
    const late = await alertOf(7);
    await alertOf(2);
    const found = await answerTo({ policy: { rules: bossAfter(5) } });
    expect(found.totals).toMatchObject({
      ...{ compared: 2, changed: 1, additional: 1, spared: 0, critical: 2, left_out: {} },
      ...{ tellings: { before: 2, after: 3 }, groundless: 0 },
    });
    expect(found.sends.map(({ notification_id }) => notification_id)).toEqual([late]);
    const [send] = found.sends;
    expect(tellings(must(send, "send").before)).toEqual(["north-1 0"]);
    expect(tellings(must(send, "send").after)).toEqual(["north-1 0", "north-boss 5"]);
    expect(send).toMatchObject({
      additional: 1,
      spared: 0,
      acknowledged_after_seconds: expect.closeTo(420, -1),
    });
    expect(found.delays.find(({ up_to_seconds }) => up_to_seconds === 300)).toEqual({
      ...{ up_to_seconds: 300, before: 0, after: 1 },
    });
  });

  it("decides as the escalation itself did, and spares a step that would come after the acknowledgement", async () => {
    const id = await hospital.notify("north-1", { priority: "critical" });
    await pass(id, 10);
    await hospital.escalate(id);
    await pass(id, 3);
    await acknowledge(id, "north-1");
    const same = await answerTo({ policy: { rules: bossAfter(10) } });
    expect(same.totals).toMatchObject({
      compared: 1,
      changed: 0,
      left_out: {},
      tellings: { before: 2, after: 2 },
    });
    const longer = await answerTo({ policy: { rules: bossAfter(15) } });
    expect(longer.totals).toMatchObject({ compared: 1, changed: 1, additional: 0, spared: 1 });
    expect(tellings(must(longer.sends[0], "send").after)).toEqual(["north-1 0"]);
  });

  const NOBODY = { topic: "nobody" };
  const declined = async (id: string): Promise<void> => {
    await pass(id, 3);
    const decline = server.post(
      `/api/notifications/${id}/decline`,
      { reason: "In theatre" },
      as({ id: "north-1" }),
    );
    expect((await decline).status).toBe(200);
    await hospital.escalate(id);
    await pass(id, 2);
  };
  const answered = async (id: string): Promise<void> => {
    await pass(id, 2);
    await acknowledge(id, "north-1");
    await pass(id, 8);
    await hospital.escalate(id);
  };
  const reachedNobody = async (id: string): Promise<void> => {
    await pass(id, 10);
    await hospital.escalate(id);
    await hospital.escalate(id);
  };
  beforeAll(async () => {
    const topic = { territory_id: "north", topic: "nobody", name: "Nobody yet" };
    expect((await server.post("/api/topics", topic, as(hospital.people.northBoss))).status).toBe(201);
  });
  it.each([
    {
      ...{ of: "reached nobody", story: reachedNobody, tells: ["north-1 0", "north-boss 10"] },
      rules: rulesOf([NOBODY, BOSS]),
    },
    { of: "was declined", story: declined, tells: ["north-1 0", "north-boss 3"], rules: rulesOf([BOSS]) },
    {
      ...{ of: "was answered by one of two before", story: answered, tells: ["north-1 0", "north-2 10"] },
      rules: rulesOf([{ role: "clinician" }], 2),
    },
  ])("decides as the escalation itself did where a step $of", async ({ story, tells, rules }) => {
    await aPolicy(hospital, { territory: "north", rules });
    const id = await hospital.notify("north-1", { priority: "critical" });
    await story(id);
    const same = await answerTo({ policy: { rules } });
    expect(same.totals).toMatchObject({ compared: 1, changed: 0, left_out: {} });
    expect(same.totals.tellings).toEqual({ before: tells.length, after: tells.length });
    const other = await answerTo({ policy: { rules: rulesOf([{ user_id: "north-1" }]) } });
    expect(tellings(must(other.sends[0], "send").before)).toEqual(tells);
  });

  it("is tried for what named the policy, or for what went by the default, and for nothing else", async () => {
    const named = await aPolicy(hospital, { territory: "north", rules: bossAfter(10), isDefault: false });
    const first = await alertOf(7, { escalation_policy_id: named });
    const second = await alertOf(7);
    const changed = async (policy_id: string | null) =>
      (await answerTo({ policy: { policy_id, rules: bossAfter(5) } })).sends.map(
        ({ notification_id: id }) => id,
      );
    expect(await changed(named)).toEqual([first]);
    expect(await changed(null)).toEqual([second]);
  });

  it("says what it can't run again, and why", async () => {
    const id = await alertOf(7);
    await hospital.page(await hospital.broadcast({ territory_id: "north", role: "clinician" }));
    await owner.query(
      "UPDATE deliveries SET created_at = created_at + interval '5 minutes' WHERE notification_id = $1",
      [id],
    );
    const found = await answerTo({ policy: { rules: bossAfter(5) } });
    expect(found.totals).toMatchObject({ compared: 0, left_out: { times: 1, broadcast: 1 } });
  });
});

describe("what if others had been on call, or wished otherwise", () => {
  it("names whoever a changed schedule has on call then", async () => {
    const schedule = uuidv7();
    const layer = (person: string) => ({
      ...{ name: "All", people: [person], starts: "2026-01-05T08:00", rule: "FREQ=DAILY", hours: [] },
    });
    await actAs(hospital.knex, "user:north-boss", async (trx) => {
      await trx("schedules").insert({
        ...{ id: schedule, territory_id: "north", name: "Cardiology", zone: "America/New_York" },
        layers: JSON.stringify([layer("north-2")]),
      });
      await trx("on_call_roles").insert({
        ...{ id: uuidv7(), territory_id: "north", role: "cardiology", name: "Cardiology on call" },
        schedule_id: schedule,
      });
    });
    const steps = [{ after_seconds: 300, to: { role: "cardiology" } }];
    await aPolicy(hospital, { territory: "north", rules: { steps, repeat: 0, acknowledgers: 1 } });
    const id = await hospital.notify("north-1", { priority: "critical" });
    await pass(id, 5);
    await hospital.escalate(id);
    await pass(id, 2);
    await acknowledge(id, "north-1");
    const found = await answerTo({ schedules: { [schedule]: { layers: [layer("north-boss")] } } });
    expect(found.totals).toMatchObject({ compared: 1, changed: 1, additional: 1, spared: 1 });
    const [send] = found.sends;
    expect(tellings(must(send, "send").before)).toEqual(["north-1 0", "north-2 5"]);
    expect(tellings(must(send, "send").after)).toEqual(["north-1 0", "north-boss 5"]);
  });

  it("holds a channel outside by quiet hours, and leaves it out by a wish", async () => {
    await aContactPoint(hospital, { person: "north-2", channel: "pager", address: "5551" });
    await hospital.notify("north-2", { priority: "normal" });
    const clock = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString().slice(11, 16);
    const wanted = { all: { pager: true } };
    const asleep = { wanted, quiet_hours: { start: clock(-2), end: clock(2) }, time_zone: "UTC" };
    const held = await answerTo({ preferences: { "north-2": asleep } });
    expect(held.totals).toMatchObject({ compared: 1, changed: 1, otherwise: 1, additional: 0, spared: 0 });
    const ways = (found: typeof held, when: "before" | "after") => found.sends[0]?.[when][0]?.channels;
    const free = { held_until: null, spared: false };
    expect(ways(held, "before")).toEqual([
      { channel: "websocket", ...free },
      { channel: "pager", ...free },
    ]);
    const until = ways(held, "after")?.[1]?.held_until;
    expect(Math.abs(Date.parse(String(until)) - (Date.now() + 2 * HOUR))).toBeLessThan(2 * MINUTE);
    const without = await answerTo({ preferences: { "north-2": { wanted: { all: { pager: false } } } } });
    expect(ways(without, "after")).toEqual([{ channel: "websocket", ...free }]);
    const other = await answerTo({ channels: ["pager", "websocket"] });
    expect(ways(other, "after")?.map(({ channel }) => channel)).toEqual(["pager", "websocket"]);
    await aWish(hospital, "north-2", {});
  });
});

describe("the question", () => {
  it.each<[string, object, object, string]>([
    ["nothing to try", {}, {}, "/change"],
    ["a person of elsewhere", { preferences: { "south-1": {} } }, {}, "/change/preferences/south-1"],
    ["a schedule that is not there", { schedules: { [uuidv7()]: {} } }, {}, "/change/schedules/"],
    ["a channel that is not there", { channels: ["pigeon"] }, {}, "/change/channels/0"],
    [
      "a step to somebody of elsewhere",
      { policy: { rules: { steps: [{ after_seconds: 60, to: { user_id: "south-1" } }] } } },
      {},
      "/change/policy/rules/steps/0/to/user_id",
    ],
    [
      "too long a time",
      { channels: ["websocket"] },
      { from: new Date(Date.now() - 32 * 24 * HOUR).toISOString() },
      "/to",
    ],
  ])("is refused by the field at fault: %s", async (_name, change, more, path) => {
    const answer = await ask(change, hospital.people.northBoss, more);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: [{ path: expect.stringContaining(path) }] });
  });

  it("is for supervisors of the territory alone", async () => {
    const { north1, southBoss, admin, northBoss } = hospital.people;
    const change = { channels: ["websocket"] };
    expect((await ask(change, northBoss)).status).toBe(200);
    for (const person of [north1, southBoss, admin]) expect((await ask(change, person)).status).toBe(403);
  });

  it("writes nothing", async () => {
    await alertOf(7);
    const rows = () =>
      hospital.asOwner(
        `SELECT (SELECT count(*) FROM notifications) AS notifications, (SELECT count(*) FROM deliveries) AS deliveries,
           (SELECT count(*) FROM delivery_events) AS events, (SELECT max(seq) FROM notifications) AS seq`,
      );
    const before = await rows();
    expect((await answerTo({ policy: { rules: bossAfter(1) } })).totals.additional).toBe(1);
    expect(await rows()).toEqual(before);
  });
});
