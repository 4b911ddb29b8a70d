import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { meanwhile } from "../../testing/locks.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { act } from "./act.ts";
import { redeliver } from "./redeliver.ts";
import { cancel, expire } from "./withdraw.ts";

let hospital: Hospital;
let id: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "north-1@example.org" });
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
    const expired = await meanwhile(
      hospital,
      (trx) => call(trx, "act", "north-1", id, "acknowledge", null, null, false, null),
      () => expire(hospital.knex, id),
    );
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

it("what is taken back waits for a copy's attempt that begins, which makes it too late", async () => {
  await aContactPoint(hospital, { person: "north-boss", channel: "email", address: "boss@example.org" });
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ next_step_at: new Date() }),
  );
  await hospital.escalate(id);
  const [email] = await hospital.asOwner(
    "SELECT id, notification_id FROM deliveries WHERE user_id = 'north-boss' AND channel = 'email' AND notification_id IN (SELECT id FROM notifications WHERE escalated_from = $1)",
    id,
  );
  const copy = String(email?.["notification_id"]);
  const cancelled = await meanwhile(
    hospital,
    (trx) => call(trx, "claim", `worker:${copy}`, copy, email?.["id"], [], [], "30 seconds"),
    () => cancel(hospital.knex, hospital.services.north.id, id),
  );
  expect(cancelled).toEqual({ kind: "too_late" });
  expect(await row()).toMatchObject({ status: "sent" });
});

it("what is taken back ends, and no step of it is to come", async () => {
  expect(await cancel(hospital.knex, hospital.services.north.id, id)).toMatchObject({ changes: [{ id }] });
  expect(await row()).toMatchObject({ status: "cancelled", next_step_at: null });
  expect((await timeline(id)).at(-1)).toEqual({ status: "cancelled" });
});
