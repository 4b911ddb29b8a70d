import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Priority } from "../channels/contract.ts";
import { must } from "../config/must.ts";
import { actAs } from "../store/db/knex.ts";
import { Notification } from "../store/models/Notification.ts";
import { type BoardStep, readBoard } from "../store/notifications/board.ts";
import type { EscalationStep } from "../store/notifications/escalation.ts";
import { addNextSteps } from "../store/notifications/next-steps.ts";
import { act } from "../store/transitions/act.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { aContactPoint, aWish } from "../testing/nouns.ts";
import { reachedBy } from "./step.ts";

/** What board and inbox say of an alert's next step is held to what the escalation then does. */
let hospital: Hospital;
const CHANNELS = ["websocket", "email"];
const BY_EMAIL = ["email"];

const asAdmin = (change: Parameters<typeof actAs<void>>[2]) => actAs(hospital.knex, "user:admin", change);

beforeAll(async () => {
  hospital = await createHospital({ channels: CHANNELS });
  await actAs(hospital.knex, "user:north-boss", async (trx) => {
    const schedule = uuidv7();
    const layer = {
      name: "All",
      people: ["north-2"],
      starts: "2026-01-05T08:00",
      rule: "FREQ=DAILY",
      hours: [],
    };
    await trx("schedules").insert({
      ...{ id: schedule, territory_id: "north", name: "Cardiology", zone: "UTC" },
      layers: JSON.stringify([layer]),
    });
    await trx("on_call_roles").insert({
      ...{ id: uuidv7(), territory_id: "north", role: "cardiology", name: "Cardiology on call" },
      schedule_id: schedule,
    });
    const topic = { id: uuidv7(), territory_id: "north", topic: "stroke-team", name: "Stroke team" };
    await trx("topics").insert({ ...topic, roles: ["cardiology"] });
    await trx("topic_members").insert({
      topic_id: topic.id,
      territory_id: "north",
      user_id: "north-boss",
      by_hand: true,
    });
  });
});
beforeEach(async () => {
  await asAdmin(async (trx) => {
    await trx("users").update({ disabled_at: null });
    await trx("territories").where({ id: "north" }).update({ settings: {} });
  });
  for (const person of ["north-2", "north-boss"]) {
    await aWish(hospital, person, {});
    await actAs(hospital.knex, `user:${person}`, async (trx) => {
      await trx("contact_points").where({ user_id: person }).delete();
      await trx("availability").where({ user_id: person }).delete();
    });
  }
});
afterAll(() => hospital.close());

async function alert(
  to: EscalationStep["to"],
  channels?: string[],
  priority: Priority = "critical",
): Promise<string> {
  const id = await hospital.notify("north-1", { priority });
  const escalation = { steps: [{ after_seconds: 60, to, channels }], repeat: 0, acknowledgers: 2 };
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({ escalation: JSON.stringify(escalation), next_step_at: new Date(Date.now() + 60_000) }),
  );
  return id;
}

/** What the board says of an alert's next step. */
const shown = (id: string): Promise<BoardStep> =>
  actAs(hospital.knex, "user:north-boss", async (trx) => {
    const board = await readBoard(trx, "user:north-boss", ["north"], (root, step) =>
      reachedBy(root, step, CHANNELS),
    );
    return must(
      board.alerts.find((one) => one.id === id),
      "the alert",
    ).next;
  });

/** What the recipient's inbox says of it. */
const inInbox = (id: string) =>
  actAs(hospital.knex, "user:north-1", async (trx) => {
    const rows = await Notification.query(trx).where({ id });
    await addNextSteps(trx, "north-1", rows);
    return must(rows[0], "notification").nextStep;
  });

/** Takes the next step now; answers whom it told by a channel, and what it put on record. */
async function take(id: string): Promise<{ told: unknown[]; record: Record<string, unknown> }> {
  const rows = await hospital.asOwner("SELECT next_step FROM notifications WHERE id = $1", id);
  const number = Number(rows[0]?.["next_step"]);
  await hospital.takeStep(id);
  const told = await hospital.asOwner(
    `SELECT DISTINCT n.user_id FROM notifications n JOIN deliveries d ON d.notification_id = n.id
     WHERE (n.id = $1 OR n.escalated_from = $1) AND d.round = $2 AND d.status <> 'skipped' ORDER BY n.user_id`,
    id,
    number + 1,
  );
  const records = await hospital.asOwner(
    "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'notification.escalate' ORDER BY id",
    id,
  );
  const taken = records.map(({ payload }) => payload as Record<string, unknown>);
  return {
    told: told.map(({ user_id }) => user_id),
    record: must(
      taken.find(({ step }) => step === number + 1),
      "record",
    ),
  };
}

/** The board shows that a step tells some people, and then it tells them. */
async function tells(id: string, people: string[]): Promise<BoardStep> {
  const next = await shown(id);
  expect(next.people.map((one) => one.id).toSorted()).toEqual(people);
  expect(next.count).toBe(people.length);
  const { told, record } = await take(id);
  expect(told).toEqual(people);
  expect(record).toMatchObject({ step: next.number, people: next.count });
  expect(record["to"]).toBe(next.lastResort ? "last_resort" : next.whom);
  return next;
}

describe("a step is shown as telling whom it then tells, which", () => {
  it("are the supervisors, by their inboxes too", async () => {
    const next = await tells(await alert({ role: "supervisor" }), ["north-boss"]);
    expect(next).toMatchObject({ whom: "supervisor", number: 1, total: 1, lastResort: false });
  });

  it("is nobody who has no way by its channels", async () => {
    await tells(await alert({ role: "supervisor" }, BY_EMAIL), []);
    await aContactPoint(hospital, { person: "north-boss", channel: "email", address: "boss@example.org" });
    await tells(await alert({ role: "supervisor" }, BY_EMAIL), ["north-boss"]);
    await tells(await alert({ role: "supervisor" }, ["pager"]), []);
  });

  it("is nobody who wants none of its category, unless it is critical", async () => {
    await aWish(hospital, "north-2", { wanted: { all: { all: false } } });
    await tells(await alert({ user_id: "north-2" }, undefined, "high"), []);
    await tells(await alert({ user_id: "north-2" }), ["north-2"]);
  });

  it("is nobody who is disabled", async () => {
    await asAdmin((trx) => trx("users").where({ id: "north-2" }).update({ disabled_at: new Date() }));
    await tells(await alert({ user_id: "north-2" }), []);
  });

  it("is the recipient themself", async () => {
    await tells(await alert({ recipient: true }), ["north-1"]);
  });

  it("is whoever is on call, by the name of that role", async () => {
    const id = await alert({ role: "cardiology" });
    expect(await inInbox(id)).toMatchObject({ role: "cardiology", person: null, last_resort: false });
    expect(await tells(id, ["north-2"])).toMatchObject({ whom: "on_call", role: "Cardiology on call" });
  });

  it("are those of a topic, who is on call for it among them", async () => {
    const next = await tells(await alert({ topic: "stroke-team" }), ["north-2", "north-boss"]);
    expect(next).toMatchObject({ whom: "topic", role: "Stroke team" });
    await tells(await alert({ topic: "no-team" }), []);
  });

  it("are those of different alerts, each by its own answers and its own delegates", async () => {
    const other = await alert({ role: "supervisor" });
    const id = await alert({ user_id: "north-2" });
    await actAs(hospital.knex, "user:north-2", (trx) =>
      trx("availability").insert({
        ...{ user_id: "north-2", status: "away", delegate_id: "north-boss", instead: true },
        until: new Date(Date.now() + 3_600_000),
      }),
    );
    await take(other);
    const [copy] = await hospital.asOwner(
      "SELECT id FROM notifications WHERE escalated_from = $1 AND user_id = 'north-boss'",
      other,
    );
    await act(hospital.knex, "north-boss", String(copy?.["id"]), { kind: "decline", reason: "In theatre" });
    // Who declined is asked again by the last resort alone.
    expect(await shown(other)).toMatchObject({ lastResort: true, count: 1 });
    await tells(id, ["north-2", "north-boss"]);
  });

  it("is nobody who acknowledged where others have to as well", async () => {
    const id = await alert({ recipient: true });
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    await tells(id, []);
  });

  it("is the last resort that the territory names, and the supervisors where that one has left", async () => {
    const id = await alert({ recipient: true });
    await take(id);
    await asAdmin((trx) =>
      trx("territories")
        .where({ id: "north" })
        .update({ settings: { last_resort: { user_id: "north-2" } } }),
    );
    expect(await inInbox(id)).toMatchObject({ person: { user_id: "north-2" }, last_resort: true });
    expect(await tells(id, ["north-2"])).toMatchObject({
      whom: "person",
      number: 2,
      total: 1,
      lastResort: true,
    });
    await asAdmin((trx) => trx("users").where({ id: "north-2" }).update({ disabled_at: new Date() }));
    expect(await tells(id, ["north-boss"])).toMatchObject({
      whom: "supervisor",
      number: 3,
      lastResort: true,
    });
  });
});
