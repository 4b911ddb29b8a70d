import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SendBody } from "../../api/notifications/schema.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPolicy, aService } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { act } from "./act.ts";
import { closeCopies, follow } from "./follow.ts";
import { joinAlert } from "./arrive.ts";
import { closeAlert } from "./close-alert.ts";
import { cancel, expire } from "./withdraw.ts";

let hospital: Hospital;
/** A problem of its own for each test. */
let key: string;
let count = 0;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@tocsin.example` });
});
beforeEach(() => {
  key = `freezer-${(count += 1)}`;
});
afterAll(() => hospital.close());

const send = (body: Partial<SendBody> = {}, person = "north-1") =>
  hospital.notify(person, { dedup_key: key, ...body });
const rowOf = async (id: string) =>
  (await hospital.asOwner("SELECT * FROM notifications WHERE id = $1", id))[0];
const sendOf = async (id: string) => (await hospital.asOwner("SELECT * FROM sends WHERE id = $1", id))[0];
/** The alert that a send joined; null where it arrived by itself. */
const joinedBy = async (id: string) => {
  expect(await sendOf(id)).toMatchObject({ status: "persisted" });
  return (await sendOf(id))?.["joined"] ?? null;
};
const family = (id: string) =>
  hospital.asOwner(
    "SELECT id, user_id, status, priority, acknowledged_by FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY created_at, user_id",
    id,
  );
const rounds = (id: string) =>
  hospital.asOwner("SELECT DISTINCT round FROM deliveries WHERE notification_id = $1 ORDER BY round", id);
const stepsOn = (id: string) =>
  hospital.asOwner(
    "SELECT status, reason, attempt FROM delivery_events WHERE notification_id = $1 AND delivery_id IS NULL ORDER BY id",
    id,
  );
const change = (id: string, fields: object) =>
  actAs(hospital.knex, `worker:${id}`, (trx) => trx("notifications").where({ id }).update(fields));
/** Makes the next step due now and takes it. */
const step = async (id: string) => {
  await change(id, { next_step_at: new Date() });
  return await hospital.escalate(id);
};
const seqOf = async (person: string) =>
  Number((await hospital.asOwner("SELECT seq FROM inboxes WHERE user_id = $1", person))[0]?.["seq"]);

describe("an alert that somebody acknowledged", () => {
  it("is open as long as that person is there: then the next send begins a new one", async () => {
    const disable = (at: Date | null) =>
      actAs(hospital.knex, "user:admin", (trx) =>
        trx("users").where({ id: "north-1" }).update({ disabled_at: at }),
      );
    const alert = await send({ priority: "critical" });
    await act(hospital.knex, "north-1", alert, { kind: "acknowledge" });
    const again = await send({ priority: "critical" });
    await disable(new Date());
    const fresh = await send({ priority: "critical" }, "north-2");
    await disable(null);
    expect([await joinedBy(again), await joinedBy(fresh)]).toEqual([alert, null]);
  });
});

describe("a send with the key of an open alert", () => {
  it("joins it: counted, with the newest text, one change of the inbox, nothing sent anew and no step brought forward", async () => {
    const alert = await send({ message: "Freezer at -60", priority: "critical" });
    const before = await rowOf(alert);
    const seq = await seqOf("north-1");
    const second = await send({ message: "Freezer at -59", priority: "critical" });
    const third = await send({ message: "Freezer at -58", title: "Freezer 7", priority: "normal" });
    expect(await rowOf(alert)).toMatchObject({
      message: "Freezer at -58",
      title: "Freezer 7",
      repeats: 2,
      repeated_at: (await sendOf(third))?.["created_at"],
      text_id: third,
      seq: seq + 2,
      priority: "critical",
      next_step: 0,
      next_step_at: before?.["next_step_at"],
    });
    expect([await seqOf("north-1"), await rowOf(second), await rowOf(third)]).toEqual([
      seq + 2,
      undefined,
      undefined,
    ]);
    expect([await joinedBy(second), await joinedBy(third)]).toEqual([alert, alert]);
    expect(await rounds(alert)).toEqual([{ round: 0 }]);
    const joins = await hospital.asOwner(
      "SELECT actor, outcome, payload FROM audit_events WHERE action = 'notification.join' AND object_id = ANY ($1)",
      [second, third],
    );
    expect(joins).toEqual(
      Array(2).fill({ actor: `worker:${alert}`, outcome: "ok", payload: { root_id: alert, raised: false } }),
    );
  });

  it("is one of many that come at once, and they become one alert", async () => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => hospital.accept("north-1", { dedup_key: key })),
    );
    await Promise.all(ids.map((id) => hospital.persist(id)));
    const joined = await Promise.all(ids.map(joinedBy));
    const alert = ids.find((_, place) => joined[place] === null);
    expect(joined.filter((one) => one === null)).toHaveLength(1);
    expect(joined.filter((one) => one === alert)).toHaveLength(7);
    expect(await rowOf(String(alert))).toMatchObject({ repeats: 7 });
  });

  it("joins it once, however often it is persisted", async () => {
    const alert = await send();
    const repeat = await send();
    const seq = await seqOf("north-1");
    await hospital.persist(repeat);
    await Promise.all([hospital.persist(repeat), hospital.persist(repeat)]);
    expect([await rowOf(alert), await seqOf("north-1")]).toMatchObject([{ repeats: 1 }, seq]);
  });

  it("waits for nobody who is at work with a copy, to which its page brings it", async () => {
    const alert = await send({ priority: "critical" });
    await step(alert);
    const again = await hospital.accept("north-1", {
      dedup_key: key,
      priority: "critical",
      message: "again",
    });
    const content = {
      title: null,
      message: "again",
      redaction: { version: "1", counts: {} },
      escalation: null,
    };
    await actAs(hospital.knex, "user:north-boss", async (trx) => {
      await trx("inboxes").where({ user_id: "north-boss" }).forNoKeyUpdate();
      const joined = await joinAlert(hospital.knex, again, alert, content, { again: [], others: [] });
      expect(joined).toMatchObject({ behind: true });
    });
    const texts = () =>
      hospital.asOwner(
        "SELECT message, repeats FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY created_at",
        alert,
      );
    const [own, copy] = [
      { message: "again", repeats: 1 },
      { message: "Potassium 6.8", repeats: 0 },
    ];
    expect(await texts()).toEqual([own, copy]);
    await hospital.persist(again);
    expect(await texts()).toEqual([own, own]);
  });

  it("meets those who acknowledge copies: each is done, in whatever order", async () => {
    const alert = await send({ priority: "critical" });
    await send({ priority: "critical" }, "north-2");
    await step(alert);
    const copies = (await family(alert)).slice(1);
    expect(copies).toHaveLength(2);
    await Promise.all([
      ...Array.from({ length: 8 }, () => send({ priority: "critical" })),
      ...copies.map((one) =>
        act(hospital.knex, String(one["user_id"]), String(one["id"]), { kind: "acknowledge" }),
      ),
    ]);
    await follow(hospital.knex, alert);
    await closeCopies(hospital.knex, alert);
    const all = await hospital.asOwner(
      "SELECT repeats, status FROM notifications WHERE id = $1 OR escalated_from = $1",
      alert,
    );
    expect(all).toEqual(Array(3).fill({ repeats: 9, status: "acknowledged" }));
  });

  it("that was sent before what is shown counts, and changes no text", async () => {
    const alert = await send({ message: "first" });
    const earlier = await hospital.accept("north-1", { dedup_key: key, message: "second" });
    await send({ message: "third" });
    await hospital.persist(earlier);
    expect(await rowOf(alert)).toMatchObject({ repeats: 2, message: "third" });
  });

  it("joins one that somebody has acknowledged, which stays so", async () => {
    const alert = await send({ priority: "critical" });
    await act(hospital.knex, "north-1", alert, { kind: "acknowledge" });
    await send({ priority: "critical" });
    expect(await rowOf(alert)).toMatchObject({ repeats: 1, status: "acknowledged", next_step_at: null });
  });

  it("keeps an alert for as long as the latest of them matters", async () => {
    const inAnHour = new Date(Date.now() + 3_600_000);
    const inTwo = new Date(Date.now() + 7_200_000);
    const alert = await send({ expires_at: inAnHour });
    await send({ expires_at: inTwo });
    expect(await rowOf(alert)).toMatchObject({ expires_at: inTwo });
    await send({ expires_at: inAnHour });
    expect(await rowOf(alert)).toMatchObject({ expires_at: inTwo });
    await send();
    expect(await rowOf(alert)).toMatchObject({ expires_at: null });
  });

  it("brings a copy to somebody else whom it names, unless somebody has acknowledged", async () => {
    const alert = await send({ priority: "critical" });
    const other = await send({ priority: "critical", message: "Freezer at -50" }, "north-2");
    await send({ priority: "critical" }, "north-2");
    expect(await joinedBy(other)).toBe(alert);
    expect((await family(alert)).map(({ user_id }) => user_id)).toEqual(["north-1", "north-2"]);
    await act(hospital.knex, "north-1", alert, { kind: "acknowledge" });
    await send({ priority: "critical" }, "north-boss");
    expect(await family(alert)).toHaveLength(2);
  });

  it("is another service's or another territory's own problem", async () => {
    const alert = await send();
    const other = await aService(hospital, { territories: ["north"] });
    const theirs = await hospital.accept("north-1", { dedup_key: key }, "ordinary", other);
    await hospital.persist(theirs);
    const there = await send({}, "south-1");
    expect([await joinedBy(theirs), await joinedBy(there)]).toEqual([null, null]);
    expect(await rowOf(alert)).toMatchObject({ repeats: 0 });
  });
});

describe("an alert is not open any more, so that the next send begins one,", () => {
  it.each<[string, (id: string) => Promise<unknown>]>([
    ["once it was taken back", (id) => cancel(hospital.knex, hospital.services.north.id, id)],
    ["once its time is over", (id) => change(id, { expires_at: new Date(Date.now() - 1_000) })],
    [
      "once it has expired",
      async (id) => {
        await change(id, { expires_at: new Date(Date.now() - 1_000) });
        await expire(hospital.knex, id);
      },
    ],
    ["once its recipient dismissed it", (id) => act(hospital.knex, "north-1", id, { kind: "dismiss" })],
  ])("%s", async (_, end) => {
    const first = await send();
    await end(first);
    const second = await send();
    expect(await joinedBy(second)).toBeNull();
    const third = await send();
    expect(await joinedBy(third)).toBe(second);
    expect([await rowOf(first), await rowOf(second)]).toMatchObject([{ repeats: 0 }, { repeats: 1 }]);
  });

  it("but is while others are still told, though its recipient dismissed what they declined", async () => {
    const alert = await send({ priority: "critical" });
    await act(hospital.knex, "north-1", alert, { kind: "decline", reason: "In theatre" });
    await act(hospital.knex, "north-1", alert, { kind: "dismiss" });
    expect(await joinedBy(await send({ priority: "critical" }))).toBe(alert);
  });
});

describe("a higher priority", () => {
  it("raises the alert: what was done with it holds no longer, it goes out again, and its rules begin", async () => {
    const alert = await send({ message: "warm" });
    await act(hospital.knex, "north-1", alert, { kind: "acknowledge", note: "on it" });
    expect(await rowOf(alert)).toMatchObject({ status: "acknowledged", escalation: null });
    const raising = await send({ message: "thawing", priority: "critical" });
    const once = await joinAlert(hospital.knex, raising, alert, null, { again: [], others: [] });
    expect(once).toMatchObject({ works: true, lane: "critical" });
    expect(await rowOf(alert)).toMatchObject({
      priority: "critical",
      told_again_at: expect.any(Date),
      lane: "critical",
      message: "thawing",
      status: "sent",
      acknowledged_at: null,
      acknowledged_by: null,
      acknowledge_note: null,
      seen_at: null,
      escalation: { steps: [{ to: { role: "supervisor" } }] },
      next_step_at: expect.any(Date),
    });
    expect(await rounds(alert)).toEqual([{ round: 0 }, { round: 1 }]);
    expect((await stepsOn(alert)).at(-1)).toMatchObject({ status: "raised", reason: "to_critical" });
    // What was done stays on its timeline.
    expect((await stepsOn(alert)).map(({ status }) => status)).toContain("acknowledged");
    await step(alert);
    const [, copy] = await family(alert);
    expect(copy).toMatchObject({ user_id: "north-boss", status: "sent", priority: "critical" });
    expect((await stepsOn(alert)).at(-1)).toMatchObject({
      status: "escalated",
      reason: "to_supervisor",
      attempt: 1,
    });
    await send({ priority: "critical" });
    expect(await rounds(alert)).toEqual([{ round: 0 }, { round: 1 }]);
  });

  it("has those told anew whom a step had told, also where they had acknowledged, and one of them ends it", async () => {
    const policy = await aPolicy(hospital, {
      territory: "north",
      rules: { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 1, acknowledgers: 1 },
      isDefault: false,
    });
    const alert = await send({ priority: "high", escalation_policy_id: policy });
    await step(alert);
    const [, copy] = await family(alert);
    await act(hospital.knex, "north-boss", String(copy?.["id"]), { kind: "acknowledge" });
    await closeCopies(hospital.knex, alert);
    await send({ priority: "critical", escalation_policy_id: policy });
    expect((await family(alert)).map(({ status, acknowledged_by }) => [status, acknowledged_by])).toEqual([
      ["sent", null],
      ["sent", null],
    ]);
    await step(alert);
    expect(await rounds(String(copy?.["id"]))).toHaveLength(2);
    expect((await stepsOn(alert)).at(-1)).toMatchObject({ status: "escalated", attempt: 1 });
    await act(hospital.knex, "north-boss", String(copy?.["id"]), { kind: "acknowledge" });
    expect(await rowOf(alert)).toMatchObject({ next_step_at: null });
  });

  it("opens anew what a supervisor had closed", async () => {
    const policy = await aPolicy(hospital, {
      territory: "north",
      rules: { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
      isDefault: false,
    });
    const alert = await send({ priority: "high", escalation_policy_id: policy });
    expect(await closeAlert(hospital.knex, "north-boss", alert, "known")).not.toBeNull();
    await send({ priority: "high" });
    expect(await rowOf(alert)).toMatchObject({ repeats: 1, closed_at: expect.any(Date), next_step_at: null });
    await send({ priority: "critical" });
    expect(await rowOf(alert)).toMatchObject({ closed_at: null, next_step_at: expect.any(Date) });
  });

  it("counts for nothing in one whose time is over before it arrives", async () => {
    const alert = await send();
    const late = await hospital.accept("north-1", {
      dedup_key: key,
      priority: "critical",
      message: "late",
      expires_at: new Date(Date.now() + 2_000),
    });
    await expect.poll(async () => ((await sendOf(late))?.["expires_at"] as Date) < new Date()).toBe(true);
    await hospital.persist(late);
    expect(await rowOf(alert)).toMatchObject({
      repeats: 1,
      priority: "normal",
      message: "Potassium 6.8",
      expires_at: null,
    });
  });
});
