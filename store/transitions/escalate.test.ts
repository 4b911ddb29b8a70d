import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { planStep } from "../../activities/step.ts";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { meanwhile, waitingIn } from "../../testing/locks.ts";
import { aContactPoint, aPerson, aWish } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { countInbox } from "../notifications/counts.ts";
import { act } from "./act.ts";
import { claim } from "./claim.ts";
import { escalate, stepTargets, tellPeople } from "./escalate.ts";
import { closeCopies } from "./follow.ts";
import { receive } from "./receive.ts";
import { cancel, cancelBroadcast, expire } from "./withdraw.ts";

let hospital: Hospital;
let id: string;
const territory = "north";

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
});
afterAll(() => hospital.close());

/** Makes the next step due now and takes it; answers the work left. */
async function step() {
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).whereNotNull("next_step_at").update({ next_step_at: new Date() }),
  );
  return await hospital.escalate(id);
}
const rules = (value: object) =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({ escalation: JSON.stringify(value) }),
  );
const family = () =>
  hospital.asOwner(
    "SELECT user_id, status, closing FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY created_at, user_id",
    id,
  );
const steps = () =>
  hospital.asOwner(
    "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND action = 'notification.escalate' ORDER BY id",
    id,
  );
const disable = (person: string, at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at: at }));
const TO_BOSS = { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 };

describe("a step", () => {
  it("reaches each of its people once, however often it is taken", async () => {
    const first = await step();
    const again = await hospital.escalate(id);
    expect(await family()).toHaveLength(2);
    expect(again.groups).toEqual(first.groups);
    expect(first.groups.map(({ notificationId }) => notificationId)).toContain(id);
  });

  it("plans one round for each of its people, though its node died once they were told", async () => {
    const told = await step();
    const due = { next_step: 0, next_step_at: new Date() };
    await actAs(hospital.knex, `worker:${id}`, (trx) => trx("notifications").where({ id }).update(due));
    const again = await hospital.escalate(id);
    expect(again.groups).toEqual(told.groups);
    const rounds = await hospital.asOwner(
      `SELECT count(DISTINCT round)::integer AS rounds FROM deliveries JOIN notifications n ON n.id = notification_id
       WHERE n.escalated_from = $1`,
      id,
    );
    expect(rounds).toEqual([{ rounds: 1 }]);
    const toldAgain = "SELECT FROM notifications WHERE escalated_from = $1 AND told_again_at IS NOT NULL";
    expect(await hospital.asOwner(toldAgain, id)).toEqual([]);
  });

  it("says on what it tells of once more when it did, and nothing on a new copy", async () => {
    await rules({ ...TO_BOSS, repeat: 1 });
    const toldAgain = async () =>
      (
        await hospital.asOwner(
          "SELECT told_again_at FROM notifications WHERE escalated_from = $1 AND user_id = 'north-boss'",
          id,
        )
      ).map((row) => row["told_again_at"]);
    await step();
    expect(await toldAgain()).toEqual([null]);
    await step();
    expect(await toldAgain()).toEqual([expect.any(Date)]);
  });

  it("is taken once where several callers take it at the same time", async () => {
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications").where({ id }).update({ next_step_at: new Date() }),
    );
    await Promise.all(Array.from({ length: 5 }, () => hospital.escalate(id)));
    expect(await family()).toHaveLength(2);
    expect(await steps()).toHaveLength(1);
  });

  it("whose people can't be reached is over at once, on record by their ids, and the next one is taken", async () => {
    await rules({
      steps: [
        { after_seconds: 60, to: { user_id: "north-2" } },
        { after_seconds: 3_600, to: { role: "supervisor" } },
      ],
    });
    await disable("north-2", new Date());
    await step();
    await disable("north-2", null);
    expect((await steps()).map(({ outcome, payload }) => [outcome, payload])).toEqual([
      ["failed", { step: 1, to: "person", people: 0, absent: ["north-2"] }],
      ["ok", { step: 2, to: "supervisor", people: 1, absent: [] }],
    ]);
  });

  it.each([
    ["before they are told", "planned"],
    ["once they are told", "told"],
  ] as const)(
    "whose only person is disabled %s counts them as nobody, and the next one is due at once",
    async (_, when) => {
      await rules({
        steps: [
          { after_seconds: 60, to: { user_id: "north-2" } },
          { after_seconds: 3_600, to: { role: "supervisor" } },
        ],
      });
      await actAs(hospital.knex, `worker:${id}`, (trx) =>
        trx("notifications").where({ id }).update({ next_step_at: new Date() }),
      );
      const due = must(await stepTargets(hospital.knex, id), "the step");
      const arrivals = planStep(id, due, ["websocket", "email"]);
      expect(arrivals.map(({ userId }) => userId)).toEqual(["north-2"]);
      onTestFinished(async () => {
        await disable("north-2", null);
      });
      if (when === "planned") await disable("north-2", new Date());
      await tellPeople(hospital.knex, id, due.number, arrivals);
      await disable("north-2", new Date());
      const taken = await escalate(hospital.knex, id, {
        ...{ number: due.number, whom: "person", told: arrivals.map((arrival) => arrival.id), absent: [] },
        ...{ gap: false, nextSeconds: due.nextSeconds, exhausted: false },
      });
      expect(taken.nextMs).toBe(0);
      await hospital.escalate(id);
      expect((await steps()).map(({ outcome, payload }) => [outcome, payload])).toEqual([
        ["failed", { step: 1, to: "person", people: 0, absent: ["north-2"] }],
        ["ok", { step: 2, to: "supervisor", people: 1, absent: [] }],
      ]);
    },
  );

  const BY_EMAIL = { after_seconds: 60, to: { role: "supervisor" }, channels: ["email"] };

  it("whose people have no way by its channels is over at once, on record by their ids; the inbox alone is no way", async () => {
    await rules({ steps: [BY_EMAIL, { after_seconds: 3_600, to: { user_id: "north-2" } }] });
    const { nextMs } = await step();
    expect((await steps()).map(({ outcome, payload }) => [outcome, payload])).toEqual([
      ["failed", { step: 1, to: "supervisor", people: 0, absent: ["north-boss"] }],
      ["ok", { step: 2, to: "person", people: 1, absent: [] }],
    ]);
    expect(nextMs).toBeGreaterThan(540_000);
    // Their inboxes have it all the same.
    expect((await family()).map(({ user_id }) => user_id)).toEqual(["north-1", "north-boss", "north-2"]);
    const told = await hospital.asOwner(
      "SELECT reason FROM delivery_events WHERE notification_id = $1 AND status = 'escalated' ORDER BY id",
      id,
    );
    expect(told.map(({ reason }) => reason)).toEqual(["to_nobody", "to_person"]);
  });

  it("tells nobody again who acknowledged, where others have to as well", async () => {
    const again = { ...TO_BOSS.steps[0], after_seconds: 3_600 };
    await rules({ steps: [...TO_BOSS.steps, again], repeat: 0, acknowledgers: 2 });
    await step();
    await act(hospital.knex, "north-boss", await copyOf("north-boss"), { kind: "acknowledge" });
    await step();
    await step();
    expect((await steps()).map(({ outcome, payload }) => [outcome, payload])).toMatchObject([
      ["ok", { to: "supervisor", people: 1 }],
      ["failed", { to: "supervisor", people: 0, absent: [] }],
      ["failed", { to: "admins" }],
      ["failed", { to: "last_resort", people: 0, absent: [] }],
    ]);
  });

  it("whose channel is off reaches nobody", async () => {
    const off = { ...BY_EMAIL, channels: ["pager"] };
    await rules({ steps: [off, { after_seconds: 3_600, to: { recipient: true } }] });
    await step();
    expect((await steps()).map(({ payload }) => payload)).toMatchObject([{ people: 0 }, { people: 1 }]);
  });

  it("reaches those of its people who have a way, and names the others", async () => {
    await aPerson(hospital, { id: "north-night", territory, role: "supervisor" });
    await aContactPoint(hospital, { person: "north-night", channel: "email", address: "night@example.org" });
    await rules({ steps: [BY_EMAIL, { after_seconds: 3_600, to: { recipient: true } }] });
    const { nextMs } = await step();
    await actAs(hospital.knex, "user:admin", (trx) =>
      trx("memberships").where({ user_id: "north-night" }).delete(),
    );
    expect((await steps()).map(({ outcome, payload }) => [outcome, payload])).toEqual([
      ["ok", { step: 1, to: "supervisor", people: 1, absent: ["north-boss"] }],
    ]);
    expect(nextMs).toBeGreaterThan(3_500_000);
  });

  it("after the last one tells the last resort every ten minutes, until somebody acknowledges", async () => {
    await rules(TO_BOSS);
    const used = await step();
    expect(used.nextMs).toBeGreaterThan(540_000);
    expect(used.nextMs).toBeLessThanOrEqual(600_000);
    const [root] = await hospital.asOwner("SELECT exhausted_at FROM notifications WHERE id = $1", id);
    expect(root?.["exhausted_at"]).toBeInstanceOf(Date);
    expect((await step()).nextMs).toBeGreaterThan(540_000);
    expect((await steps()).map(({ payload }) => payload)).toMatchObject([
      { to: "supervisor" },
      { to: "last_resort", people: 1 },
    ]);
    await act(hospital.knex, "north-boss", await copyOf("north-boss"), { kind: "acknowledge" });
    expect(await step()).toMatchObject({ nextMs: null });
    expect(await steps()).toHaveLength(2);
  });

  it("after the last one tells the last resort as of what is critical, whatever the alert's priority and their wishes", async () => {
    await aContactPoint(hospital, { person: "north-2", channel: "email", address: "north-2@tocsin.example" });
    await aWish(hospital, "north-2", { wanted: { all: { all: false } } });
    await settings({ last_resort: { user_id: "north-2" } });
    id = await hospital.notify("north-1", { priority: "high" });
    await rules({ steps: [{ after_seconds: 60, to: { recipient: true } }], repeat: 0, acknowledgers: 1 });
    await hospital.takeStep(id);
    const before = await countsOf("north-2");
    const { groups } = await step();
    const copy = await copyOf("north-2");
    expect(groups.find(({ notificationId }) => notificationId === copy)?.besideLiveMs).toBe(15_000);
    const [{ seq } = {}] = await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", copy);
    const device = { after: Number(seq) - 1, to: Number(seq) };
    expect(await receive(hospital.knex, "north-2", device, { after: device.to, to: device.to })).toEqual([
      copy,
    ]);
    const told = await hospital.asOwner(
      `SELECT channel, d.status, priority, told_as_critical FROM deliveries d JOIN notifications n ON n.id = notification_id
       WHERE n.escalated_from = $1 AND n.user_id = 'north-2' ORDER BY channel`,
      id,
    );
    expect(told).toEqual(
      ["email", "websocket"].map((channel) => ({
        channel,
        status: channel === "email" ? "queued" : "delivered",
        priority: "high",
        told_as_critical: true,
      })),
    );
    const [{ id: email } = {}] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
      copy,
    );
    expect(await claim(hospital.knex, copy, String(email), [])).toMatchObject({
      priority: "high",
      urgency: "critical",
    });
    const { unacknowledged_critical } = await countsOf("north-2");
    expect(unacknowledged_critical).toBe(before.unacknowledged_critical);
    await settings({});
    await aWish(hospital, "north-2", {});
    await actAs(hospital.knex, "user:north-2", (trx) =>
      trx("contact_points").where({ user_id: "north-2" }).delete(),
    );
  });

  it("after the last one tells the last resort that its territory names", async () => {
    await settings({ last_resort: { user_id: "north-2" } });
    await rules(TO_BOSS);
    await step();
    await step();
    await settings({});
    expect((await family()).map(({ user_id }) => user_id)).toContain("north-2");
  });
});

const settings = (value: object) =>
  actAs(hospital.knex, "user:admin", (trx) =>
    trx("territories").where({ id: "north" }).update({ settings: value }),
  );
const countsOf = (person: string) => actAs(hospital.knex, `user:${person}`, (trx) => countInbox(trx, person));
const copyOf = async (person: string): Promise<string> => {
  const [row] = await hospital.asOwner(
    "SELECT id FROM notifications WHERE escalated_from = $1 AND user_id = $2",
    id,
    person,
  );
  return String(row?.["id"]);
};

describe("an acknowledgement", () => {
  it("goes through though somebody who holds a copy has left the territory", async () => {
    await aPerson(hospital, { id: "leaver", territory, role: "supervisor" });
    await step();
    await actAs(hospital.knex, "user:admin", (trx) =>
      trx("memberships").where({ user_id: "leaver" }).delete(),
    );
    expect(await act(hospital.knex, "north-1", id, { kind: "acknowledge" })).toMatchObject({ kind: "done" });
    expect((await family()).map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => "acknowledged"),
    );
  });

  it("that meets a step closes every copy, also one made in the same instant", async () => {
    for (let round = 0; round < 15; round += 1) {
      id = await hospital.notify("north-1", { priority: "critical" });
      await Promise.all([step(), act(hospital.knex, "north-1", id, { kind: "acknowledge" })]);
      await closeCopies(hospital.knex, id);
      expect(new Set((await family()).map(({ status }) => status))).toEqual(new Set(["acknowledged"]));
    }
  });

  it("that is enough and meets a step waits for it, and closes the copies that it makes", async () => {
    const steps = [{ role: "supervisor" }, { user_id: "north-2" }].map((to) => ({ after_seconds: 60, to }));
    await rules({ steps, repeat: 0, acknowledgers: 2 });
    await step();
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications").where({ id }).update({ next_step_at: new Date() }),
    );
    const boss = hospital.people.northBoss.id;
    const [copy] = await hospital.asOwner(
      "SELECT id FROM notifications WHERE escalated_from = $1 AND user_id = $2",
      id,
      boss,
    );
    const due = must(await stepTargets(hospital.knex, id), "step");
    const owner = await hospital.owner("notifications");
    const waiting = () => waitingIn(owner);
    // The copies are made, and nobody else sees them yet.
    const { acting } = await hospital.knex.transaction(async (trx) => {
      await tellPeople(trx, id, due.number, planStep(id, due, ["websocket", "email"]));
      const acting = act(hospital.knex, boss, String(copy?.["id"]), { kind: "acknowledge" });
      await expect.poll(waiting).toBe(1);
      return { acting };
    });
    await acting;
    await closeCopies(hospital.knex, id);
    expect((await family()).map(({ user_id, status }) => [user_id, status])).toEqual(
      ["north-1", boss, "north-2"].map((person) => [person, "acknowledged"]),
    );
  });

  it("closes a family of 2,000, also where a crash between its pages leaves the rest to another call", async () => {
    const people = Array.from({ length: 2_000 }, (_, n) => `many-${n}`);
    await actAs(hospital.knex, "setup", async (trx) => {
      await trx("users").insert(people.map((one) => ({ id: one, email: `${one}@example.org`, name: one })));
      await trx("inboxes").insert(people.map((user_id) => ({ user_id })));
      await trx("memberships").insert(
        people.map((user_id) => ({ user_id, territory_id: "north", role: "supervisor" })),
      );
    });
    await step();
    expect(await family()).toHaveLength(2_002);
    const acknowledged = ["acknowledge", null, null, false, null];
    const answer = await call<{ closing: boolean }>(hospital.knex, "act", "north-1", id, ...acknowledged);
    expect(answer.closing).toBe(true);
    const first = await call(hospital.knex, "close_copies", id, 100);
    expect(first).toMatchObject({ more: true });
    await closeCopies(hospital.knex, id);
    const all = await family();
    expect(all.filter(({ status }) => status !== "acknowledged")).toEqual([]);
    expect(all.filter(({ closing }) => closing === true)).toEqual([]);
    await actAs(hospital.knex, "setup", (trx) => trx("memberships").whereIn("user_id", people).delete());
  });
});

describe("taking back", () => {
  const service = () => hospital.services.north.id;

  it("withdraws the copies too", async () => {
    await step();
    expect(await cancel(hospital.knex, service(), id)).toMatchObject({ kind: "cancelled" });
    expect(new Set((await family()).map(({ status }) => status))).toEqual(new Set(["cancelled"]));
    expect(await cancel(hospital.knex, service(), id)).toEqual({
      kind: "cancelled",
      changes: [],
      waits: false,
    });
  });

  it("is too late once anybody of the family has acknowledged", async () => {
    await step();
    await act(hospital.knex, "north-boss", await copyOf("north-boss"), { kind: "acknowledge" });
    expect(await cancel(hospital.knex, service(), id)).toEqual({ kind: "too_late" });
  });

  it("is too late once somebody has dismissed a copy", async () => {
    await step();
    const copy = await copyOf("north-boss");
    await act(hospital.knex, "north-boss", copy, { kind: "decline", reason: "In theatre" });
    expect(await act(hospital.knex, "north-boss", copy, { kind: "dismiss" })).toMatchObject({ kind: "done" });
    expect(await cancel(hospital.knex, service(), id)).toEqual({ kind: "too_late" });
    expect(new Set((await family()).map(({ status }) => status))).not.toContain("cancelled");
  });

  it("is too late once an outside channel took a delivery", async () => {
    await step();
    await hospital
      .owner("deliveries")
      .then((owner) =>
        owner.query(
          "INSERT INTO deliveries (id, notification_id, user_id, territory_id, channel, position, round, status) VALUES (gen_random_uuid(), $1, 'north-boss', 'north', 'pager', 5, 7, 'accepted')",
          [id],
        ),
      );
    expect(await cancel(hospital.knex, service(), id)).toEqual({ kind: "too_late" });
  });

  it("because its time is over also ends a notification whose recipient left the territory", async () => {
    await aPerson(hospital, { id: "north-gone", territory });
    id = await hospital.notify("north-gone");
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({ expires_at: new Date(Date.now() - 1_000) }),
    );
    await actAs(hospital.knex, "user:admin", (trx) =>
      trx("memberships").where({ user_id: "north-gone" }).delete(),
    );
    expect(await expire(hospital.knex, id)).toMatchObject({ changes: [{ id }], waits: false });
    expect((await family()).map(({ status }) => status)).toEqual(["expired"]);
  });
});

describe("taking back a broadcast", () => {
  it("withdraws the notifications still open, writes no further page, and says how many people it had reached", async () => {
    const broadcast = await hospital.broadcast({ territory_id: "north", role: "clinician" });
    await hospital.page(broadcast);
    const rows = await hospital.asOwner(
      "SELECT id, user_id FROM notifications WHERE send_id = $1",
      broadcast,
    );
    const first = rows.find(({ user_id }) => user_id === "north-1");
    await act(hospital.knex, "north-1", String(first?.["id"]), { kind: "acknowledge" });
    const told: number[] = [];
    const cancelled = await cancelBroadcast(hospital.knex, hospital.services.north.id, broadcast, (changes) =>
      told.push(changes.length),
    );
    expect(cancelled).toEqual({ reached: 1, notReached: rows.length - 1, waits: false });
    expect(told).toEqual([rows.length - 1, 0]);
    const after = await hospital.asOwner(
      "SELECT DISTINCT status FROM notifications WHERE send_id = $1",
      broadcast,
    );
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set(["acknowledged", "cancelled"]));
    expect(
      await cancelBroadcast(hospital.knex, hospital.services.south.id, broadcast, () => undefined),
    ).toBeNull();
  });

  it("that has reached no inbox yet reaches none", async () => {
    const broadcast = await hospital.broadcast({ territory_id: "north" });
    const cancelled = await cancelBroadcast(
      hospital.knex,
      hospital.services.north.id,
      broadcast,
      () => undefined,
    );
    expect(cancelled).toMatchObject({ reached: 0 });
    await hospital.page(broadcast);
    expect(await hospital.asOwner("SELECT FROM notifications WHERE send_id = $1", broadcast)).toEqual([]);
  });

  it("meanwhile lets a page that was read before enter no inbox", async () => {
    const broadcast = await hospital.broadcast({ territory_id: "north" });
    await meanwhile(
      hospital,
      (trx) => call(trx, "cancel_broadcast", hospital.services.north.id, broadcast, 100),
      () => hospital.page(broadcast),
    );
    expect(await hospital.asOwner("SELECT FROM notifications WHERE send_id = $1", broadcast)).toEqual([]);
  });
});

it("a step whose people are thousands, none of whom has a way, is taken, and its record says how many", async () => {
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ next_step_at: new Date() }),
  );
  const absent = Array.from({ length: 5_000 }, (_, at) => `${"person ".repeat(10)}${at}`);
  const [alert] = await hospital.asOwner("SELECT next_step FROM notifications WHERE id = $1", id);
  await call(
    hospital.knex,
    "escalate",
    ...[id, alert?.["next_step"], "supervisor", [], JSON.stringify(absent), false, 60, false],
  );
  const [event] = await steps();
  expect(event).toMatchObject({ outcome: "failed", payload: { people: 0 } });
  expect(Object(event?.["payload"]).absent).toEqual([...absent.slice(0, 300), 5_000]);
});
