import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { act, closeCopies } from "./act.ts";
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

  it("closes a family of 500, also where a crash between its pages leaves the rest to another call", async () => {
    const people = Array.from({ length: 500 }, (_, n) => `many-${n}`);
    await actAs(hospital.knex, "setup", async (trx) => {
      await trx("users").insert(people.map((one) => ({ id: one, email: `${one}@example.org`, name: one })));
      await trx("inboxes").insert(people.map((user_id) => ({ user_id })));
      await trx("memberships").insert(
        people.map((user_id) => ({ user_id, territory_id: "north", role: "supervisor" })),
      );
    });
    await step();
    expect(await family()).toHaveLength(502);
    const acknowledged = ["acknowledge", null, null, false];
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
    expect(await cancel(hospital.knex, service(), id)).toEqual({ kind: "cancelled", changes: [] });
  });

  it("is too late once anybody of the family has acknowledged", async () => {
    await step();
    await act(hospital.knex, "north-boss", await copyOf("north-boss"), { kind: "acknowledge" });
    expect(await cancel(hospital.knex, service(), id)).toEqual({ kind: "too_late" });
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
    expect(await expire(hospital.knex, id)).toHaveLength(1);
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
    expect(cancelled).toEqual({ reached: 1, notReached: rows.length - 1 });
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
});
