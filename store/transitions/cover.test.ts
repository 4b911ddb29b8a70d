import * as fc from "fast-check";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { planSend } from "../../activities/arrival/plan.ts";
import type { SendBody } from "../../api/notifications/schema.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson, aPolicy, aWish } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { act } from "./act.ts";
import { arrive, readIntake, workLeft } from "./arrive.ts";
import { claim } from "./claim.ts";
import { planStep } from "../../activities/step.ts";
import { must } from "../../config/must.ts";
import { countAcknowledged, escalate, stepTargets, tellPeople } from "./escalate.ts";
import { cancel } from "./withdraw.ts";

let hospital: Hospital;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-2", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@west.example` });
});
beforeEach(async () => {
  await disable("north-2", null);
  for (const { id } of Object.values(hospital.people)) await available(id);
});
afterAll(() => hospital.close());

interface Absence {
  delegate?: string | null;
  instead?: boolean;
  status?: "busy" | "away";
  /** From now on, by PostgreSQL's clock; s. */
  seconds?: number;
}
const available = (person: string) =>
  actAs(hospital.knex, `user:${person}`, (trx) => trx("availability").where({ user_id: person }).delete());
async function away(
  person: string,
  { delegate = "north-2", instead = false, status = "away", seconds = 3_600 }: Absence = {},
): Promise<void> {
  await available(person);
  await actAs(hospital.knex, `user:${person}`, (trx) =>
    trx("availability").insert({
      ...{ user_id: person, status, delegate_id: delegate, instead },
      until: trx.raw("clock_timestamp() + make_interval(secs => ?)", [seconds]),
    }),
  );
}
const disable = (person: string, at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at: at }));

/** Whoever has it, and as whose delegate. */
const family = async (id: string) =>
  await hospital.asOwner(
    `SELECT user_id, covers_for, status FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY escalated_from NULLS FIRST, user_id`,
    id,
  );
const people = async (id: string) => (await family(id)).map(({ user_id }) => user_id);
const copyOf = async (id: string, person: string): Promise<string> => {
  const [row] = await hospital.asOwner(
    "SELECT id FROM notifications WHERE escalated_from = $1 AND user_id = $2",
    id,
    person,
  );
  return String(row?.["id"]);
};
/** The deliveries of a person's notification, by channel. */
const ways = async (id: string, person: string) => {
  const rows = await hospital.asOwner(
    `SELECT channel, d.status, reason, round, d.id, d.hold_until IS NOT NULL AS held FROM deliveries d JOIN notifications n ON n.id = notification_id
     WHERE (n.id = $1 OR escalated_from = $1) AND n.user_id = $2 ORDER BY round, position`,
    id,
    person,
  );
  return rows.map(({ channel, status, reason }) => [channel, status, reason]);
};
const record = (id: string) =>
  hospital.asOwner(
    "SELECT payload FROM audit_events WHERE action = 'notification.cover' AND payload->>'root_id' = $1 ORDER BY id",
    id,
  );
const send = (body: Partial<SendBody> = {}) => hospital.notify("north-1", body);
const due = (id: string) =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).whereNotNull("next_step_at").update({ next_step_at: new Date() }),
  );
async function step(id: string): Promise<void> {
  await due(id);
  await hospital.escalate(id);
}
const rules = (id: string, to: object) =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({
        escalation: JSON.stringify({ steps: [{ after_seconds: 60, to }], repeat: 0, acknowledgers: 1 }),
      }),
  );

/** One that is not critical, whose people's wishes count, with a step. */
const sendWith = async (to: { recipient: true } | { user_id: string }): Promise<string> => {
  const rules = { steps: [{ after_seconds: 60, to }], repeat: 0, acknowledgers: 1 };
  const policy = await aPolicy(hospital, { territory: "north", rules });
  return await send({ priority: "high", escalation_policy_id: policy });
};

const QUEUED = [
  ["websocket", "queued", null],
  ["email", "queued", null],
];

describe("what comes for somebody who is away", () => {
  it("goes to the delegate too, on record", async () => {
    await away("north-1");
    const id = await send();
    expect(await family(id)).toEqual([
      { user_id: "north-1", covers_for: [], status: "sent" },
      { user_id: "north-2", covers_for: ["north-1"], status: "sent" },
    ]);
    expect(await ways(id, "north-1")).toEqual(QUEUED);
    expect(await ways(id, "north-2")).toEqual(QUEUED);
    expect(await record(id)).toEqual([
      { payload: { root_id: id, user_id: "north-2", covers_for: ["north-1"] } },
    ]);
  });

  it("goes to the delegate of somebody busy, and to nobody else of somebody available", async () => {
    await away("north-1", { status: "busy" });
    expect(await people(await send())).toEqual(["north-1", "north-2"]);
    await available("north-1");
    const id = await send();
    expect(await people(id)).toEqual(["north-1"]);
    expect(await record(id)).toEqual([]);
  });

  it("goes to the delegate instead: no channel outside is used for the person, and the inbox has it", async () => {
    await away("north-1", { instead: true });
    const id = await send();
    expect(await ways(id, "north-1")).toEqual([
      ["websocket", "queued", null],
      ["email", "skipped", "covered"],
    ]);
    expect(await ways(id, "north-2")).toEqual(QUEUED);
  });

  it("goes to both where it is critical", async () => {
    await away("north-1", { instead: true });
    const id = await send({ priority: "critical" });
    expect(await ways(id, "north-1")).toEqual(QUEUED);
    expect(await ways(id, "north-2")).toEqual(QUEUED);
  });

  it("goes out to the person where the delegate has no channel outside that is used", async () => {
    await away("north-1", { instead: true });
    await aWish(hospital, "north-2", { wanted: { all: { email: false } } });
    const id = await send();
    await aWish(hospital, "north-2", {});
    expect(await ways(id, "north-1")).toEqual(QUEUED);
    expect(await people(id)).toEqual(["north-1", "north-2"]);
  });

  it("comes to the person alone once the time is over, by PostgreSQL's clock", async () => {
    await away("north-1", { instead: true, seconds: 0 });
    const id = await send();
    expect(await people(id)).toEqual(["north-1"]);
    expect(await ways(id, "north-1")).toEqual(QUEUED);
  });

  it("comes to the person alone where the delegate is disabled, busy or away", async () => {
    await away("north-1", { instead: true });
    await disable("north-2", new Date());
    expect(await people(await send())).toEqual(["north-1"]);
    await disable("north-2", null);
    await away("north-2", { delegate: "north-boss" });
    const id = await send();
    expect(await people(id)).toEqual(["north-1"]);
    expect(await ways(id, "north-1")).toEqual(QUEUED);
  });

  it("does not leave the territory: who covers in one covers nowhere else", async () => {
    const both = await aPerson(hospital, { id: "north-and-south", territory: "north" });
    await actAs(hospital.knex, "setup", (trx) =>
      trx("memberships").insert({ user_id: both.id, territory_id: "south", role: "clinician" }),
    );
    await away(both.id);
    expect(await people(await hospital.notify(both.id))).toEqual(["north-2", both.id].toSorted().reverse());
    const south = hospital.services.south;
    const id = await hospital.accept("south", { user_id: both.id }, "ordinary", south);
    await hospital.persist(id);
    expect(await people(id)).toEqual([both.id]);
    expect((await readIntake(hospital.knex, id))?.people).toMatchObject([{ userId: both.id, cover: null }]);
  });

  it("is acknowledged for both by the delegate, and cancelled for both by its sender", async () => {
    await away("north-1");
    const id = await send({ priority: "critical" });
    const copy = await copyOf(id, "north-2");
    await act(hospital.knex, "north-2", copy, { kind: "acknowledge" });
    expect((await family(id)).map(({ status }) => status)).toEqual(["acknowledged", "acknowledged"]);
    expect(await workLeft(hospital.knex, id)).toMatchObject({ nextMs: null });

    const taken = await send();
    expect(await cancel(hospital.knex, hospital.services.north.id, taken)).toMatchObject({
      kind: "cancelled",
    });
    expect((await family(taken)).map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
  });

  it("is tried by the person's own channels after all where the delegate can't be reached any more", async () => {
    await away("north-1", { instead: true });
    const id = await send();
    await disable("north-2", new Date());
    const copy = await copyOf(id, "north-2");
    const [live] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'websocket'",
      copy,
    );
    expect(await claim(hospital.knex, copy, String(live?.["id"]), [])).toMatchObject({
      status: "skipped",
      stepDue: true,
    });
    expect(await ways(id, "north-1")).toEqual(QUEUED);
    const { groups } = await workLeft(hospital.knex, id);
    expect(groups.find(({ notificationId }) => notificationId === id)?.deliveries).toHaveLength(2);
  });

  it("comes back to the person where the delegate goes between planning and writing", async () => {
    await away("north-1", { instead: true });
    const id = await hospital.accept("north-1");
    const { knex } = hospital;
    const planned = await readIntake(knex, id);
    expect(planned?.people[0]?.cover).toMatchObject({ userId: "north-2", instead: true });
    await away("north-2", { delegate: null });
    const content = { title: null, message: "m", redaction: { version: "1", counts: {} }, escalation: null };
    const [wishes] = planned?.people ?? [];
    if (wishes === undefined) throw new Error("nobody is planned for");
    const wanted = { category: "system_message", priority: "normal", channels: null } as const;
    await arrive(knex, id, content, planSend(id, wishes, wanted, ["websocket", "email"]), true);
    expect(await people(id)).toEqual(["north-1"]);
    expect(await ways(id, "north-1")).toEqual(QUEUED);
  });

  it("is told by what the territory asks for, as the person is, unless they decline", async () => {
    const setting = (settings: object): Promise<unknown> =>
      actAs(hospital.knex, "setup", (trx) =>
        trx("territories")
          .where({ id: "north" })
          .update({ settings: JSON.stringify(settings) }),
      );
    await setting({ channels: ["fax"] });
    await away("north-1");
    const planned = await readIntake(hospital.knex, await hospital.accept("north-1"));
    expect(planned?.people[0]).toMatchObject({ territoryAsks: ["fax"], cover: { territoryAsks: ["fax"] } });
    await setting({});
    const without = await readIntake(hospital.knex, await hospital.accept("north-1"));
    expect(without?.people[0]).toMatchObject({ territoryAsks: [], cover: { territoryAsks: [] } });
  });

  it("escalates at once where neither the person nor the delegate has a way", async () => {
    await away("north-1");
    const id = await send({ priority: "critical", channels: ["sms"] });
    expect((await workLeft(hospital.knex, id)).nextMs).toBe(0);
    const bare = await aPerson(hospital, { id: "north-bare", territory: "north" });
    await away(bare.id);
    const reached = await hospital.notify(bare.id, { priority: "critical", channels: ["email"] });
    expect((await workLeft(hospital.knex, reached)).nextMs).toBeGreaterThan(0);
    await available(bare.id);
    const unreached = await hospital.notify(bare.id, { priority: "critical", channels: ["email"] });
    expect((await workLeft(hospital.knex, unreached)).nextMs).toBe(0);
  });
});

describe("a step", () => {
  it("tells the delegate of whom it tells too, once, and says for whom", async () => {
    const id = await send({ priority: "critical" });
    await away("north-boss", { delegate: "north-2" });
    await step(id);
    expect(await family(id)).toMatchObject([
      { user_id: "north-1" },
      { user_id: "north-2", covers_for: ["north-boss"] },
      { user_id: "north-boss", covers_for: [] },
    ]);
  });

  it("tells somebody who is told for their own sake once, and as nobody's delegate", async () => {
    const id = await send({ priority: "critical" });
    await rules(id, { role: "clinician" });
    await away("north-1", { delegate: "north-2" });
    await step(id);
    const rows = await family(id);
    expect(rows.filter(({ user_id }) => user_id === "north-2")).toEqual([
      { user_id: "north-2", covers_for: [], status: "sent" },
    ]);
  });

  it("tells the delegate for several people by one copy", async () => {
    const boss = await aPerson(hospital, { id: "north-boss-2", territory: "north", role: "supervisor" });
    const id = await send({ priority: "critical" });
    await away("north-boss");
    await away(boss.id);
    await step(id);
    expect(await family(id)).toContainEqual({
      user_id: "north-2",
      covers_for: ["north-boss", "north-boss-2"],
      status: "sent",
    });
    await available(boss.id);
    await disable(boss.id, new Date());
  });

  it("tells a delegate no more who has declined", async () => {
    await away("north-1");
    const id = await send({ priority: "critical" });
    await act(hospital.knex, "north-2", await copyOf(id, "north-2"), { kind: "decline", reason: "at lunch" });
    await rules(id, { recipient: true });
    await step(id);
    expect(await ways(id, "north-1")).toHaveLength(4);
    expect(await ways(id, "north-2")).toHaveLength(2);
  });

  it("tells the person alone whose delegate was disabled since, by their own channels", async () => {
    await away("north-1", { instead: true });
    const id = await sendWith({ recipient: true });
    await due(id);
    await disable("north-2", new Date());
    await hospital.escalate(id);
    expect((await ways(id, "north-1")).slice(2)).toEqual(QUEUED);
    expect(await ways(id, "north-2")).toHaveLength(2);
  });

  it("counts a delegate as nobody who is disabled while it is taken, and gives the person their channels back", async () => {
    const id = await sendWith({ user_id: "north-boss" });
    await away("north-boss", { instead: true });
    await due(id);
    const step = must(await stepTargets(hospital.knex, id), "the step");
    const arrivals = planStep(id, step, ["websocket", "email"]);
    expect(arrivals.map(({ userId }) => userId)).toEqual(["north-boss", "north-2"]);
    await disable("north-2", new Date());
    await tellPeople(hospital.knex, id, step.number, arrivals);
    await escalate(hospital.knex, id, {
      ...{ number: step.number, whom: "person", told: arrivals.map((arrival) => arrival.id), absent: [] },
      ...{ gap: false, nextSeconds: step.nextSeconds, exhausted: true },
    });
    const [taken] = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE action = 'notification.escalate' AND object_id = $1",
      id,
    );
    expect(taken?.["payload"]).toMatchObject({ people: 1, absent: ["north-2"] });
    expect(await ways(id, "north-boss")).toEqual([QUEUED[0], ["email", "skipped", "covered"]]);
    const copy = await copyOf(id, "north-2");
    const [live] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'websocket'",
      copy,
    );
    expect(await claim(hospital.knex, copy, String(live?.["id"]), [])).toMatchObject({ status: "skipped" });
    expect(await ways(id, "north-boss")).toEqual(QUEUED);
  });

  it("tells whoever covers the person on call, and names that person on record", async () => {
    const schedule = { schedule_id: uuidv7(), role: `on-call-${uuidv7().slice(-6)}` };
    await actAs(hospital.knex, "user:north-boss", async (trx) => {
      const layer = {
        ...{ name: "All", people: ["north-boss"], starts: "2026-01-05T08:00", rule: "FREQ=DAILY", hours: [] },
      };
      await trx("schedules").insert({
        ...{ id: schedule.schedule_id, territory_id: "north", name: "N", zone: "UTC" },
        layers: JSON.stringify([layer]),
      });
      await trx("on_call_roles").insert({
        ...{ id: uuidv7(), territory_id: "north", role: schedule.role, name: "N" },
        schedule_id: schedule.schedule_id,
      });
    });
    const id = await send({ priority: "critical" });
    await rules(id, { role: schedule.role });
    await away("north-boss");
    await step(id);
    expect(await people(id)).toEqual(["north-1", "north-2", "north-boss"]);
    const [taken] = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE action = 'notification.escalate' AND object_id = $1",
      id,
    );
    expect(taken?.["payload"]).toMatchObject({ role: schedule.role, user_id: "north-boss", people: 2 });
  });
});

describe("a repeat of an open alert", () => {
  it("tells somebody who covers the recipient since then", async () => {
    const dedup = { dedup_key: `freezer-${uuidv7()}` };
    const id = await send(dedup);
    await away("north-1");
    await send(dedup);
    await send(dedup);
    expect(await family(id)).toMatchObject([
      { user_id: "north-1", covers_for: [] },
      { user_id: "north-2", covers_for: ["north-1"] },
    ]);
    await send({ ...dedup, priority: "critical" });
    expect(await ways(id, "north-2")).toHaveLength(4);
  });
});

describe("a broadcast", () => {
  const rows = (id: string) =>
    hospital.asOwner(
      "SELECT user_id, covers_for FROM notifications WHERE send_id = $1 AND user_id IS NOT NULL AND escalated_from IS NULL ORDER BY user_id",
      id,
    );

  it("comes once to a delegate who gets it anyhow", async () => {
    await away("north-1", { instead: true });
    const id = await hospital.broadcast({ territory_id: "north" });
    await hospital.page(id);
    const all = await rows(id);
    expect(all.filter(({ user_id }) => user_id === "north-2")).toEqual([
      { user_id: "north-2", covers_for: [] },
    ]);
    const [email] = await hospital.asOwner(
      "SELECT d.reason FROM deliveries d JOIN notifications n ON n.id = notification_id WHERE send_id = $1 AND n.user_id = 'north-1' AND channel = 'email'",
      id,
    );
    expect(email).toEqual({ reason: "covered" });
  });

  it("comes once to a delegate whom a later page has", async () => {
    const crowd = Array.from({ length: 200 }, (_, place) => `north-m${place}`);
    await actAs(hospital.knex, "setup", async (trx) => {
      for (const id of [...crowd, "north-z"]) {
        await trx("users").insert({ id, name: id, email: `${id}@tocsin.example` });
        await trx("inboxes").insert({ user_id: id });
        await trx("memberships").insert({ user_id: id, territory_id: "north", role: "clinician" });
      }
    });
    await away("north-1", { delegate: "north-z" });
    const id = await hospital.broadcast({ territory_id: "north" });
    await hospital.page(id);
    const all = await rows(id);
    expect(all.filter(({ user_id }) => user_id === "north-z")).toEqual([
      { user_id: "north-z", covers_for: [] },
    ]);
  });

  /** As a topic's people are settled when it is sent. */
  const toTeam = async (team: string[], more: { role?: "supervisor" } = {}) => {
    const id = await hospital.broadcast({ territory_id: "north", ...more });
    await actAs(hospital.knex, `worker:${id}`, (trx) => trx("sends").where({ id }).update({ people: team }));
    await hospital.page(id);
    return await rows(id);
  };

  it("to a topic comes to a delegate outside of it, and once to one of it", async () => {
    await away("north-boss", { instead: true });
    expect(await toTeam(["north-1", "north-boss"])).toEqual([
      { user_id: "north-1", covers_for: [] },
      { user_id: "north-2", covers_for: ["north-boss"] },
      { user_id: "north-boss", covers_for: [] },
    ]);
    expect(await toTeam(["north-2", "north-boss"])).toEqual([
      { user_id: "north-2", covers_for: [] },
      { user_id: "north-boss", covers_for: [] },
    ]);
  });

  it("to those of a topic who have a role comes to a delegate who has the role alone", async () => {
    const other = await aPerson(hospital, { id: "north-boss-3", territory: "north", role: "supervisor" });
    await away("north-boss", { delegate: other.id });
    expect(await toTeam(["north-boss"], { role: "supervisor" })).toEqual([
      { user_id: "north-boss", covers_for: [] },
      { user_id: other.id, covers_for: ["north-boss"] },
    ]);
    await disable(other.id, new Date());
  });

  it("to those with a role comes to a delegate without it, whose acknowledgement counts for the person", async () => {
    await away("north-boss");
    const id = await hospital.broadcast({ territory_id: "north", role: "supervisor", priority: "critical" });
    await hospital.page(id);
    expect(await rows(id)).toEqual([
      { user_id: "north-2", covers_for: ["north-boss"] },
      { user_id: "north-boss", covers_for: [] },
    ]);
    await countAcknowledged(hospital.knex, id);
    const counts =
      "SELECT recipients, acknowledged, next_step_at IS NULL AS over FROM notifications WHERE id = $1";
    expect(await hospital.asOwner(counts, id)).toEqual([{ recipients: 1, acknowledged: 0, over: false }]);
    const [copy] = await hospital.asOwner(
      "SELECT id FROM notifications WHERE send_id = $1 AND user_id = 'north-2'",
      id,
    );
    await act(hospital.knex, "north-2", String(copy?.["id"]), { kind: "acknowledge" });
    expect((await countAcknowledged(hospital.knex, id)).ended).toBe(true);
  });
});

describe("whoever covers whom", () => {
  it("covers themself, and is covered by nobody: no chain, no loop, whatever people have set", async () => {
    const crowd = await Promise.all(
      Array.from({ length: 6 }, (_, place) =>
        aPerson(hospital, { id: `north-c${place}`, territory: "north" }),
      ),
    );
    const ids = crowd.map(({ id }) => id);
    const absence = fc.record({
      delegate: fc.option(fc.nat(5)),
      status: fc.constantFrom("busy" as const, "away" as const),
      seconds: fc.constantFrom(-60, 3_600, 3_600),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(absence), { minLength: 6, maxLength: 6 }), async (week) => {
        const absent = new Set<string>();
        for (const [place, one] of week.entries()) {
          const id = ids[place] ?? "";
          await available(id);
          if (one === null) continue;
          const delegate =
            one.delegate === null || one.delegate === place ? null : (ids[one.delegate] ?? null);
          await away(id, { ...one, delegate });
          if (one.seconds > 0) absent.add(id);
        }
        const send = await hospital.broadcast({ territory_id: "north" });
        const intake = await readIntake(hospital.knex, send, { after: "", size: 200 });
        const covers = new Map(intake?.people.map(({ userId, cover }) => [userId, cover?.userId ?? null]));
        for (const [place, id] of ids.entries()) {
          const cover = covers.get(id) ?? null;
          const wish = week[place]?.delegate ?? null;
          const wished = wish === null || wish === place ? null : (ids[wish] ?? null);
          const stands = absent.has(id) && wished !== null && !absent.has(wished);
          expect(cover).toBe(stands ? wished : null);
          if (cover !== null) expect(covers.get(cover)).toBeNull();
        }
      }),
      { numRuns: 30 },
    );
    for (const id of ids) await available(id);
  });
});
