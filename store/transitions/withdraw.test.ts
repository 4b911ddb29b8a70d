import type { Knex } from "knex";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { planStep } from "../../activities/step.ts";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { meanwhile } from "../../testing/locks.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { act } from "./act.ts";
import { claim } from "./claim.ts";
import { closeAlert } from "./close-alert.ts";
import { stepTargets, tellPeople } from "./escalate.ts";
import { redeliver } from "./redeliver.ts";
import { cancel, expire } from "./withdraw.ts";

let hospital: Hospital;
let id: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@example.org` });
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
});
afterAll(() => hospital.close());

const timeIsOver = (of = id) =>
  actAs(hospital.knex, `worker:${of}`, (trx) =>
    trx("notifications")
      .where({ id: of })
      .update({ expires_at: new Date(Date.now() - 1_000) }),
  );
const expired = async (of = id) => {
  await timeIsOver(of);
  return await expire(hospital.knex, of);
};
const row = async (of = id) => {
  const [found] = await hospital.asOwner(
    "SELECT status, next_step_at, seq, (SELECT seq FROM inboxes WHERE user_id = 'north-1') AS last FROM notifications WHERE id = $1",
    of,
  );
  return found;
};
const deliveries = () =>
  hospital.asOwner(
    "SELECT channel, status, reason FROM deliveries WHERE notification_id = $1 ORDER BY round, position",
    id,
  );
const timeline = (of: string) =>
  hospital.asOwner(
    "SELECT status FROM delivery_events WHERE notification_id = $1 AND delivery_id IS NULL ORDER BY id",
    of,
  );

describe("what expires", () => {
  it("ends, with its steps and every channel that waits, on its timeline and as a change of the inbox", async () => {
    const { changes } = await expired();
    const now = await row();
    expect(now).toMatchObject({ status: "expired", next_step_at: null, seq: now?.["last"] });
    expect(changes).toEqual([{ id, inboxId: expect.any(String), seq: Number(now?.["seq"]) }]);
    expect(await deliveries()).toEqual([
      { channel: "websocket", status: "skipped", reason: "expired" },
      { channel: "email", status: "skipped", reason: "expired" },
    ]);
    expect((await timeline(id)).at(-1)).toEqual({ status: "expired" });
  });

  it("ends once, and not what was taken back before", async () => {
    await expired();
    const before = await row();
    expect(await expired()).toMatchObject({ changes: [] });
    expect(await row()).toEqual(before);
    const other = await hospital.notify("north-1");
    await cancel(hospital.knex, hospital.services.north.id, other);
    expect(await expired(other)).toMatchObject({ changes: [] });
    expect(await row(other)).toMatchObject({ status: "cancelled" });
  });

  it("leaves what its person acknowledged or dismissed as it is", async () => {
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    const other = await hospital.notify("north-1");
    await act(hospital.knex, "north-1", other, { kind: "dismiss" });
    for (const [one, status] of [
      [id, "acknowledged"],
      [other, "dismissed"],
    ] as const) {
      expect(await expired(one)).toMatchObject({ changes: [] });
      expect(await row(one)).toMatchObject({ status });
    }
  });

  it("waits for who acknowledges it meanwhile, and leaves it to them", async () => {
    await timeIsOver();
    const expired = await meanwhile(hospital, acknowledges, () => expire(hospital.knex, id));
    expect(expired).toMatchObject({ changes: [] });
    expect(await row()).toMatchObject({ status: "acknowledged" });
  });

  it("ends what a supervisor has asked for once more, which may wait for hours", async () => {
    const owner = await hospital.owner("deliveries");
    const { rows } = await owner.query(
      "UPDATE deliveries SET status = 'failed' WHERE notification_id = $1 AND channel = 'email' RETURNING id",
      [id],
    );
    await redeliver(hospital.knex, "north-boss", rows[0].id, ["email"]);
    expect((await deliveries()).at(-1)).toMatchObject({ channel: "email", status: "queued" });
    await expired();
    expect((await deliveries()).at(-1)).toEqual({ channel: "email", status: "skipped", reason: "expired" });
  });
});

const acknowledges = (trx: Knex.Transaction) =>
  call(trx, "act", "north-1", id, "acknowledge", null, null, false, null);
const stepIsDue = () =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ next_step_at: new Date() }),
  );
const takesBack = () => cancel(hospital.knex, hospital.services.north.id, id);

describe("what is taken back", () => {
  /** The delivery by email of the copy that a step made for a supervisor. */
  const emailOfCopy = async (): Promise<{ copy: string; email: string }> => {
    await stepIsDue();
    await hospital.escalate(id);
    const [found] = await hospital.asOwner(
      "SELECT id, notification_id FROM deliveries WHERE user_id = 'north-boss' AND channel = 'email' AND notification_id IN (SELECT id FROM notifications WHERE escalated_from = $1)",
      id,
    );
    return { copy: String(found?.["notification_id"]), email: String(found?.["id"]) };
  };

  it("waits for a copy's attempt that begins, which makes it too late", async () => {
    const { copy, email } = await emailOfCopy();
    const cancelled = await meanwhile(
      hospital,
      (trx) => call(trx, "claim", `worker:${copy}`, copy, email, [], [], "30 seconds"),
      takesBack,
    );
    expect(cancelled).toEqual({ kind: "too_late" });
    expect(await row()).toMatchObject({ status: "sent" });
  });

  it("has a copy's attempt that begins meanwhile wait for it, and not be made", async () => {
    const { copy, email } = await emailOfCopy();
    const attempt = await meanwhile(
      hospital,
      (trx) => call(trx, "cancel", hospital.services.north.id, id),
      () => claim(hospital.knex, copy, email, []),
    );
    expect(attempt).toMatchObject({ status: "skipped" });
    const [after] = await hospital.asOwner("SELECT reason, attempts FROM deliveries WHERE id = $1", email);
    expect(after).toEqual({ reason: "cancelled", attempts: 0 });
  });

  it("waits for a step that is being taken, and takes back the copies that it makes", async () => {
    await stepIsDue();
    const due = must(await stepTargets(hospital.knex, id), "step");
    const cancelled = await meanwhile(
      hospital,
      (trx) => tellPeople(trx, id, due.number, planStep(id, due, ["websocket", "email"])),
      takesBack,
    );
    expect(cancelled).toMatchObject({ kind: "cancelled" });
    const family = await hospital.asOwner(
      "SELECT user_id, status FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY user_id",
      id,
    );
    expect(family).toEqual(["north-1", "north-boss"].map((user_id) => ({ user_id, status: "cancelled" })));
  });
});

describe("what a supervisor closes", () => {
  it("waits for who acknowledges it meanwhile, and is left to them", async () => {
    const closed = await meanwhile(hospital, acknowledges, () =>
      closeAlert(hospital.knex, "north-boss", id, "at the bedside"),
    );
    expect(closed).toBeNull();
    expect(await row()).toMatchObject({ status: "acknowledged" });
    expect(await timeline(id)).not.toContainEqual({ status: "closed" });
  });

  it("is closed once, by the first of two who do", async () => {
    const second = await meanwhile(
      hospital,
      (trx) => call(trx, "close_alert", "north-boss", id, "at the bedside"),
      () => closeAlert(hospital.knex, "north-boss", id, "once more"),
    );
    expect(second).toBeNull();
    const [closed] = await hospital.asOwner("SELECT closed_reason FROM notifications WHERE id = $1", id);
    expect(closed).toEqual({ closed_reason: "at the bedside" });
  });
});

it("what is taken back ends, and no step of it is to come", async () => {
  expect(await cancel(hospital.knex, hospital.services.north.id, id)).toMatchObject({ changes: [{ id }] });
  expect(await row()).toMatchObject({ status: "cancelled", next_step_at: null });
  expect((await timeline(id)).at(-1)).toEqual({ status: "cancelled" });
});
