import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aWish } from "../../testing/nouns.ts";
import { actAs, isUnavailable } from "../db/knex.ts";
import { act, type Act, type ActResult } from "./act.ts";
import { claim, hold, settle } from "./claim.ts";
import { closeAlert } from "./close-alert.ts";
import { countAcknowledged } from "./escalate.ts";
import { closeCopies, follow } from "./follow.ts";
import { holdAnew } from "./hold-anew.ts";
import { cancelBroadcast } from "./withdraw.ts";

const HOUR = 3_600_000;
const ACCEPTED = { status: "accepted", reason: null } as const;

let hospital: Hospital;
let id: string;

beforeAll(async () => {
  hospital = await createHospital({ max: 50, channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-2", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@tocsin.example` });
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
});
afterAll(() => hospital.close());

const change = (of: string, to: Record<string, unknown>) =>
  actAs(hospital.knex, `worker:${of}`, (trx) => trx("notifications").where({ id: of }).update(to));
const rules = (more: object, of = id) =>
  change(of, {
    escalation: JSON.stringify({
      steps: [{ after_seconds: 600, to: { role: "supervisor" } }],
      repeat: 3,
      acknowledgers: 1,
      ...more,
    }),
  });
/** Takes the next step; answers the copy of the supervisor. */
async function escalated(): Promise<string> {
  await change(id, { next_step_at: new Date() });
  await hospital.escalate(id);
  const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
  return String(must(copy, "copy")["id"]);
}
const state = async (of: string) => {
  const [row] = await hospital.asOwner(
    "SELECT status, acknowledged_by, next_step, next_step_at, closing, completed_at FROM notifications WHERE id = $1",
    of,
  );
  return must(row, "notification");
};
const does = (person: string, kind: Act["kind"] & ("acknowledge" | "unacknowledge" | "complete"), of = id) =>
  act(hospital.knex, person, of, { kind });
const summary = (result: ActResult): string =>
  result.kind === "conflict"
    ? result.detail
    : result.kind === "done"
      ? result.notification.status
      : result.kind;
/** Calls again what a busy database did not serve in time: it has done nothing. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) return patiently(work);
    throw error;
  }
}
const deliveries = (of: string) =>
  hospital.asOwner(
    "SELECT id, channel, status, reason, stand_down, redelivery_of FROM deliveries WHERE notification_id = $1 ORDER BY round, position",
    of,
  );
/** Has the email of a notification taken by its provider. */
async function told(of: string, resolving: string[] = []): Promise<string> {
  const all = await deliveries(of);
  const email = all.find(({ channel, status }) => channel === "email" && status === "queued");
  const delivery = String(must(email, "an email that waits")["id"]);
  const claimed = await claim(hospital.knex, of, delivery, [], resolving);
  if ("status" in claimed) throw new Error(`not claimed: ${claimed.status}`);
  await settle(hospital.knex, claimed, ACCEPTED);
  return delivery;
}

describe("an acknowledgement that is taken back", () => {
  it("opens the alert for everybody, and its escalation goes on where it was, on record and on the timeline", async () => {
    const copy = await escalated();
    const before = await state(id);
    await does("north-boss", "acknowledge", copy);
    expect(await state(id)).toMatchObject({ status: "acknowledged", next_step_at: null });
    const result = await does("north-boss", "unacknowledge", copy);
    expect(result).toMatchObject({ kind: "done", work: { id, broadcast: false } });
    expect(result.kind === "done" && result.changes.map((one) => one.id).sort()).toEqual([id, copy].sort());
    expect(await state(id)).toMatchObject({
      status: "sent",
      acknowledged_by: null,
      next_step: before["next_step"],
      next_step_at: before["next_step_at"],
      closing: false,
    });
    expect(await state(copy)).toMatchObject({ status: "read", acknowledged_by: null });
    const events = await hospital.asOwner(
      "SELECT notification_id, status, reason FROM delivery_events WHERE notification_id IN ($1, $2) AND status IN ('unacknowledged', 'reopened') ORDER BY status",
      id,
      copy,
    );
    expect(events).toEqual([
      { notification_id: id, status: "reopened", reason: "by_colleague" },
      { notification_id: copy, status: "unacknowledged", reason: null },
    ]);
    const record = await hospital.asOwner(
      "SELECT actor, outcome, payload FROM audit_events WHERE action = 'notification.unacknowledge' AND object_id = $1",
      copy,
    );
    expect(record).toEqual([
      {
        actor: "user:north-boss",
        outcome: "ok",
        payload: { status: "read", root_id: id, reopened: 2 },
      },
    ]);
  });

  it("leaves a step due at once that would have been due meanwhile", async () => {
    await rules({});
    await does("north-1", "acknowledge");
    await change(id, { stopped_step_at: new Date(Date.now() - 60_000) });
    await does("north-1", "unacknowledge");
    const work = await hospital.escalate(id);
    expect(await state(id)).toMatchObject({ next_step: 1 });
    expect(work.nextMs).toBeGreaterThan(0);
  });

  it("is done once, however often it is asked for", async () => {
    await does("north-1", "acknowledge");
    const all = await Promise.all(
      Array.from({ length: 20 }, () => patiently(() => does("north-1", "unacknowledge"))),
    );
    expect(all.map(summary)).toEqual(Array(20).fill("read"));
    expect(all.flatMap((one) => (one.kind === "done" ? one.changes : []))).toHaveLength(1);
  });

  it("is its own person's alone, within the time that the policy gives", async () => {
    const copy = await escalated();
    expect(summary(await does("north-2", "unacknowledge"))).toBe("not_found");
    await does("north-boss", "acknowledge", copy);
    expect(summary(await does("north-1", "unacknowledge"))).toBe(
      "A colleague acknowledged it, who alone can take that back.",
    );
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id: copy })
        .update({ unacknowledge_until: new Date(Date.now() - 1) }),
    );
    expect(summary(await does("north-boss", "unacknowledge", copy))).toBe(
      "The time in which it could be taken back is over.",
    );
    expect(await state(id)).toMatchObject({ status: "acknowledged", next_step_at: null });
  });

  it("has five minutes unless the policy says otherwise, which may be never", async () => {
    const until = async (): Promise<number | null> => {
      const result = await does("north-1", "acknowledge");
      if (result.kind !== "done") throw new Error(result.kind);
      const { unacknowledge_until, acknowledged_at } = result.notification;
      if (unacknowledge_until === null || acknowledged_at === null) return null;
      return Math.round((unacknowledge_until.getTime() - acknowledged_at.getTime()) / 60_000);
    };
    expect(await until()).toBe(5);
    id = await hospital.notify("north-1", { priority: "critical" });
    await rules({ unacknowledge_minutes: 30 });
    expect(await until()).toBe(30);
    id = await hospital.notify("north-1", { priority: "critical" });
    await rules({ unacknowledge_minutes: 0 });
    expect(await until()).toBeNull();
    expect(summary(await does("north-1", "unacknowledge"))).toBe(
      "The time in which it could be taken back is over.",
    );
  });

  it("comes too late once it is completed or over", async () => {
    await does("north-1", "acknowledge");
    expect(summary(await does("north-1", "complete"))).toBe("acknowledged");
    expect(summary(await does("north-1", "unacknowledge"))).toBe("It is completed already.");
    id = await hospital.notify("north-1", { priority: "critical" });
    await does("north-1", "acknowledge");
    await change(id, { resolved_at: new Date() });
    expect(summary(await does("north-1", "unacknowledge"))).toBe("It is over already.");
  });

  it("leaves the alert with a colleague who acknowledged too", async () => {
    const copy = await escalated();
    // Both acknowledge before either closes the other's.
    await change(id, { closing: false });
    await Promise.all([does("north-1", "acknowledge"), does("north-boss", "acknowledge", copy)]);
    const by = async () => [(await state(id))["acknowledged_by"], (await state(copy))["acknowledged_by"]];
    const [first] = await by();
    const undoing =
      first === "north-1" ? does("north-1", "unacknowledge") : does("north-boss", "unacknowledge", copy);
    await undoing;
    const [root, other] = await by();
    expect(root).toBe(other);
    if (root === null) expect(await state(id)).toMatchObject({ next_step_at: expect.any(Date) });
    else expect(await state(id)).toMatchObject({ next_step_at: null, status: "acknowledged" });
  });

  it("counts the others: with two who must acknowledge, the first one's stands and the alert waits for another", async () => {
    await rules({ acknowledgers: 2 });
    const copy = await escalated();
    await does("north-1", "acknowledge");
    await does("north-boss", "acknowledge", copy);
    expect(await state(id)).toMatchObject({ next_step_at: null });
    await does("north-boss", "unacknowledge", copy);
    expect(await state(id)).toMatchObject({ status: "acknowledged", next_step_at: expect.any(Date) });
    expect(await state(copy)).toMatchObject({ status: "read" });
  });

  it("never leaves an alert that nobody has and that tells nobody, whoever races: 100 at once", async () => {
    const copy = await escalated();
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const [person, of] = index % 2 === 0 ? (["north-1", id] as const) : (["north-boss", copy] as const);
        return patiently(() => does(person, index % 4 < 2 ? "acknowledge" : "unacknowledge", of));
      }),
    );
    expect(all.filter(({ kind }) => kind !== "done" && kind !== "conflict")).toEqual([]);
    // As the relay does: an act that finds no connection in time leaves the copies to it.
    await follow(hospital.knex, id);
    await closeCopies(hospital.knex, id);
    const [root, other] = [await state(id), await state(copy)];
    const taken = root["acknowledged_by"] !== null || other["acknowledged_by"] !== null;
    expect(root["next_step_at"] === null, "waits, or somebody has it").toBe(taken);
    // Both may have, each before the other's was closed.
    if (taken) expect([root["acknowledged_by"], other["acknowledged_by"]]).not.toContain(null);
    const [{ n: recorded } = { n: -1 }] = await hospital.asOwner(
      "SELECT count(*)::int AS n FROM audit_events WHERE action IN ('notification.acknowledge', 'notification.unacknowledge') AND object_id IN ($1, $2)",
      id,
      copy,
    );
    const [{ n: noted } = { n: -1 }] = await hospital.asOwner(
      "SELECT count(*)::int AS n FROM delivery_events WHERE notification_id IN ($1, $2) AND (status = 'unacknowledged' OR status = 'acknowledged' AND reason IS NULL)",
      id,
      copy,
    );
    expect(recorded).toBe(noted);
  });

  it("has the alert of a broadcast go on that everybody had acknowledged", async () => {
    const broadcast = await hospital.broadcast({
      territory_id: "north",
      role: "clinician",
      priority: "critical",
    });
    await hospital.page(broadcast);
    const own = await hospital.asOwner(
      "SELECT id, user_id FROM notifications WHERE send_id = $1 AND user_id IS NOT NULL ORDER BY user_id",
      broadcast,
    );
    for (const one of own) await does(String(one["user_id"]), "acknowledge", String(one["id"]));
    const { next_step_at: due } = await state(broadcast);
    expect(await countAcknowledged(hospital.knex, broadcast)).toMatchObject({ ended: true });
    expect(await state(broadcast)).toMatchObject({ next_step_at: null });
    const first = must(own[0], "recipient");
    const result = await does(String(first["user_id"]), "unacknowledge", String(first["id"]));
    expect(result).toMatchObject({ kind: "done", work: { id: broadcast, broadcast: true } });
    expect(await state(broadcast)).toMatchObject({ next_step_at: due });
  });

  describe("by one of a broadcast's people", () => {
    let broadcast: string;
    let own: string;
    let copy: string;
    beforeEach(async () => {
      broadcast = await hospital.broadcast({
        territory_id: "north",
        role: "clinician",
        priority: "critical",
      });
      await hospital.page(broadcast);
      await change(broadcast, { next_step_at: new Date() });
      await hospital.escalate(broadcast);
      const rows = await hospital.asOwner(
        "SELECT id, user_id FROM notifications WHERE send_id = $1 AND user_id IN ('north-1', 'north-boss')",
        broadcast,
      );
      const of = new Map(rows.map((row) => [row["user_id"], String(row["id"])]));
      [own, copy] = [must(of.get("north-1"), "own"), must(of.get("north-boss"), "copy")];
    });

    it("leaves the alert that a supervisor took as it is", async () => {
      await does("north-boss", "acknowledge", copy);
      await does("north-1", "acknowledge", own);
      const result = await does("north-1", "unacknowledge", own);
      expect(result).toMatchObject({ kind: "done", changes: [{ id: own }] });
      expect(await state(own)).toMatchObject({ status: "read", acknowledged_by: null });
      expect(await state(broadcast)).toMatchObject({ next_step_at: null });
      expect(await state(copy)).toMatchObject({ acknowledged_by: "north-boss" });
    });

    it("leaves the alert that a supervisor closed as it is", async () => {
      await does("north-1", "acknowledge", own);
      await closeAlert(hospital.knex, "north-boss", broadcast, "seen to");
      expect(await does("north-1", "unacknowledge", own)).toMatchObject({ kind: "done" });
      expect(await state(broadcast)).toMatchObject({ next_step_at: null });
    });

    it("comes too late once the broadcast was withdrawn", async () => {
      await does("north-1", "acknowledge", own);
      await cancelBroadcast(hospital.knex, hospital.services.north.id, broadcast, () => undefined);
      expect(summary(await does("north-1", "unacknowledge", own))).toBe("It is over already.");
      expect(await state(own)).toMatchObject({ status: "acknowledged" });
    });
  });

  it("tells the one who took it back again by a channel that had ended what it began", async () => {
    const email = await told(id, ["email"]);
    await does("north-1", "acknowledge");
    const down = must(
      (await deliveries(id)).find((one) => one["stand_down"] !== null),
      "stand-down",
    );
    const claimed = await claim(hospital.knex, id, String(down["id"]), []);
    if ("status" in claimed) throw new Error(`not claimed: ${claimed.status}`);
    await settle(hospital.knex, claimed, ACCEPTED);
    await does("north-1", "unacknowledge");
    expect((await deliveries(id)).at(-1)).toMatchObject({
      ...{ channel: "email", status: "queued", stand_down: null, redelivery_of: email },
    });
  });

  it("leaves what nobody had tried to the quiet hours of the moment, and skips it once it is taken again", async () => {
    const clock = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString().slice(11, 16);
    await aWish(hospital, "north-1", { quiet_hours: { start: clock(-2), end: clock(4) }, time_zone: "UTC" });
    id = await hospital.notify("north-1", { priority: "high" });
    await rules({});
    await change(id, { next_step_at: new Date(), next_step: 0 });
    expect(await deliveries(id)).toContainEqual(expect.objectContaining({ reason: "quiet_hours" }));
    const copy = await escalated();
    await does("north-boss", "acknowledge", copy);
    // The wishes that held it are no more.
    await aWish(hospital, "north-1", {});
    await holdAnew(hospital.knex, "north-1", null);
    await does("north-boss", "unacknowledge", copy);
    const again = async () =>
      must(
        (await deliveries(id)).find((one) => one["redelivery_of"] !== null),
        "redelivery",
      );
    expect(await again()).toMatchObject({ status: "queued", reason: null });
    const claimed = await claim(hospital.knex, id, String((await again())["id"]), []);
    if ("status" in claimed) throw new Error(`not claimed: ${claimed.status}`);
    expect(claimed.askedAgain).toBe(false);
    await hold(hospital.knex, claimed, "quiet_hours", new Date(Date.now() + HOUR));
    await holdAnew(hospital.knex, "north-1", null);
    await does("north-boss", "acknowledge", copy);
    await claim(hospital.knex, id, String((await again())["id"]), []);
    expect(await again()).toMatchObject({ status: "skipped", reason: "already_handled" });
  });

  it("tells those again who heard that nothing is left to do, and those whose turn it ended", async () => {
    const copy = await escalated();
    const email = await told(id);
    await does("north-boss", "acknowledge", copy);
    const down = must(
      (await deliveries(id)).find((one) => one["stand_down"] !== null),
      "stand-down",
    );
    const claimed = await claim(hospital.knex, id, String(down["id"]), []);
    if ("status" in claimed) throw new Error(`not claimed: ${claimed.status}`);
    await settle(hospital.knex, claimed, ACCEPTED);
    await does("north-boss", "unacknowledge", copy);
    expect((await deliveries(id)).at(-1)).toMatchObject({
      channel: "email",
      status: "queued",
      stand_down: null,
      redelivery_of: email,
    });
    // The one who took it back knows of it: nothing more by email.
    expect((await deliveries(copy)).filter(({ redelivery_of: of }) => of !== null)).toEqual([]);

    id = await hospital.notify("north-1", { priority: "critical" });
    const second = await escalated();
    await does("north-boss", "acknowledge", second);
    const ended = must(
      (await deliveries(id)).find(({ channel }) => channel === "email"),
      "email",
    );
    expect(ended).toMatchObject({ status: "skipped", reason: "already_handled" });
    await does("north-boss", "unacknowledge", second);
    expect((await deliveries(id)).at(-1)).toMatchObject({
      channel: "email",
      status: "queued",
      redelivery_of: ended["id"],
    });
  });
});
