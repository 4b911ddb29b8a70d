import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { claimUnfinished, findBroadcastAlerts, findExpired } from "../notifications/outbox.ts";
import { act } from "./act.ts";
import { workLeft } from "./arrive.ts";
import { closeCopies } from "./follow.ts";
import { countAcknowledged } from "./escalate.ts";
import { receive } from "./receive.ts";
import { cancelBroadcast, expire } from "./withdraw.ts";

let hospital: Hospital;
/** The broadcast, and the alert that stands for it. */
let id: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
});
beforeEach(async () => {
  id = await hospital.broadcast({ territory_id: "north", priority: "critical" });
  await hospital.page(id);
});
afterAll(() => hospital.close());

const alert = async () => {
  const [row] = await hospital.asOwner(
    "SELECT recipients, acknowledged, next_step_at, status, closing FROM notifications WHERE id = $1",
    id,
  );
  return row;
};
const rules = (value: object) =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({ escalation: JSON.stringify(value) }),
  );
const step = async () => {
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).whereNotNull("next_step_at").update({ next_step_at: new Date() }),
  );
  return await hospital.escalate(id);
};
const own = async (person: string): Promise<string> => {
  const [row] = await hospital.asOwner(
    "SELECT id FROM notifications WHERE send_id = $1 AND user_id = $2 AND escalated_from IS NULL",
    id,
    person,
  );
  return String(row?.["id"]);
};
const copies = () =>
  hospital.asOwner(
    "SELECT id, user_id, status, seq, recipients, acknowledged FROM notifications WHERE escalated_from = $1",
    id,
  );
const acknowledge = async (person: string) =>
  await act(hospital.knex, person, await own(person), { kind: "acknowledge" });
const disable = (at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) =>
    trx("users").where({ id: "north-2" }).update({ disabled_at: at }),
  );
/** Ends all that a broadcast made, as the relay does once its time is over. */
const expireAll = async (): Promise<void> => {
  const owner = await hospital.owner("notifications");
  const past =
    "UPDATE notifications SET expires_at = now() - interval '1 second' WHERE send_id = $1 RETURNING id";
  const { rows } = await owner.query(past, [id]);
  const found = await findExpired(hospital.knex);
  for (const one of rows.map((row) => String(row.id)).filter((of) => found.includes(of)))
    await expire(hospital.knex, one);
};
const TO_RECIPIENTS = {
  steps: [{ after_seconds: 60, to: { recipient: true } }],
  repeat: 0,
  acknowledgers: 1,
};

describe("a critical broadcast", () => {
  it("has one alert: a step tells each supervisor once, with how many have acknowledged", async () => {
    expect(
      await hospital.asOwner(
        "SELECT id FROM notifications WHERE send_id = $1 AND next_step_at IS NOT NULL",
        id,
      ),
    ).toEqual([{ id }]);
    await acknowledge("north-1");
    await step();
    expect(await copies()).toMatchObject([{ user_id: "north-boss", recipients: 3, acknowledged: 1 }]);
    await step();
    expect(await copies()).toHaveLength(1);
  });

  it("keeps the number on the copies current, as a change of the supervisors' inboxes", async () => {
    await step();
    const [before] = await copies();
    await acknowledge("north-2");
    expect(await findBroadcastAlerts(hospital.knex)).toContain(id);
    const { changes } = await countAcknowledged(hospital.knex, id);
    const [after] = await copies();
    expect(after).toMatchObject({ recipients: 3, acknowledged: 1 });
    expect(Number(after?.["seq"])).toBeGreaterThan(Number(before?.["seq"]));
    expect(changes).toMatchObject([{ id: after?.["id"] }]);
    expect(await countAcknowledged(hospital.knex, id)).toEqual({ changes: [], ended: false });
  });

  it("is over once everybody acknowledged, and its copies are closed", async () => {
    await step();
    for (const person of ["north-1", "north-2"]) await acknowledge(person);
    expect(await countAcknowledged(hospital.knex, id)).toMatchObject({ ended: false });
    await acknowledge("north-boss");
    expect(await countAcknowledged(hospital.knex, id)).toMatchObject({ ended: true });
    expect(await alert()).toMatchObject({ next_step_at: null, closing: true });
    await closeCopies(hospital.knex, id);
    expect(await copies()).toMatchObject([{ status: "acknowledged" }]);
    expect((await step()).nextMs).toBeNull();
  });

  it("is not over while it has not reached all of its people's inboxes", async () => {
    const status = (value: string) =>
      actAs(hospital.knex, `worker:${id}`, (trx) => trx("sends").where({ id }).update({ status: value }));
    await status("accepted");
    for (const person of ["north-1", "north-2", "north-boss"]) await acknowledge(person);
    expect(await countAcknowledged(hospital.knex, id)).toMatchObject({ ended: false });
    await status("persisted");
    expect(await countAcknowledged(hospital.knex, id)).toMatchObject({ ended: true });
  });

  it("reaches nobody who was disabled since it was taken in", async () => {
    id = await hospital.broadcast({ territory_id: "north" });
    await disable(new Date());
    await hospital.page(id);
    await disable(null);
    const reached = await hospital.asOwner(
      "SELECT user_id FROM notifications WHERE send_id = $1 ORDER BY user_id",
      id,
    );
    expect(reached.map(({ user_id }) => user_id)).toEqual(["north-1", "north-boss"]);
  });

  it("waits for nobody who can't be reached any more", async () => {
    await disable(new Date());
    for (const person of ["north-1", "north-boss"]) await acknowledge(person);
    const counted = await countAcknowledged(hospital.knex, id);
    await disable(null);
    expect(counted).toMatchObject({ ended: true });
  });

  it("escalates to nobody else once a supervisor acknowledged the copy, and stays open for its recipients", async () => {
    await step();
    const [copy] = await copies();
    await act(hospital.knex, "north-boss", String(copy?.["id"]), { kind: "acknowledge" });
    expect(await alert()).toMatchObject({ next_step_at: null });
    await closeCopies(hospital.knex, id);
    const open = await hospital.asOwner(
      "SELECT status FROM notifications WHERE send_id = $1 AND user_id IS NOT NULL AND escalated_from IS NULL",
      id,
    );
    expect(open.map(({ status }) => status)).toEqual(["sent", "sent", "sent"]);
  });

  it("tells again those who have not acknowledged, where the step says so, and their workflows at once", async () => {
    await rules(TO_RECIPIENTS);
    await acknowledge("north-1");
    // Read is not acknowledged.
    await act(hospital.knex, "north-2", await own("north-2"), { kind: "read" });
    await step();
    const again = await hospital.asOwner(
      `SELECT DISTINCT user_id FROM deliveries WHERE round = 1
       AND notification_id IN (SELECT id FROM notifications WHERE send_id = $1) ORDER BY user_id`,
      id,
    );
    expect(again.map(({ user_id }) => user_id)).toEqual(["north-2", "north-boss"]);
    expect(await copies()).toEqual([]);
    expect(await claimUnfinished(hospital.knex)).toEqual(
      expect.arrayContaining([{ id: await own("north-2"), lane: "critical", kind: "notification" }]),
    );
  });

  it("has each of its people's channels take over until they have seen it, not merely until a device has it", async () => {
    await aContactPoint(hospital, { person: "north-1", channel: "email", address: "1@tocsin.example" });
    id = await hospital.broadcast({ territory_id: "north", priority: "critical" });
    await hospital.page(id);
    const theirs = await own("north-1");
    const times = { notificationId: theirs, besideMs: 15_000, besideLiveMs: 15_000 };
    expect((await workLeft(hospital.knex, theirs)).groups).toMatchObject([times]);
    const [row] = await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", theirs);
    const stretch = { after: Number(row?.["seq"]) - 1, to: Number(row?.["seq"]) };
    const channels = async () =>
      (
        await hospital.asOwner(
          "SELECT status, reason FROM deliveries WHERE notification_id = $1 ORDER BY position",
          theirs,
        )
      ).map(({ status, reason }) => [status, reason]);
    await receive(hospital.knex, "north-1", stretch, { after: stretch.to, to: stretch.to });
    expect(await channels()).toEqual([
      ["delivered", null],
      ["queued", null],
    ]);
    await receive(hospital.knex, "north-1", stretch, stretch);
    expect(await channels()).toEqual([
      ["delivered", null],
      ["skipped", "not_needed"],
    ]);
    // The alert waits for an acknowledgement all the same.
    expect(await alert()).toMatchObject({ next_step_at: expect.any(Date) });
    await actAs(hospital.knex, "user:north-1", (trx) =>
      trx("contact_points").where({ user_id: "north-1" }).delete(),
    );
  });

  it("whose step is overdue is begun again by the broadcast's workflow", async () => {
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({ next_step_at: new Date(Date.now() - 60_000) }),
    );
    expect(await claimUnfinished(hospital.knex)).toContainEqual({
      id,
      lane: "critical",
      kind: "broadcast",
      overdue: true,
    });
    expect(await hospital.page(id)).toMatchObject({ after: null, reached: 0, alert: { nextMs: 0 } });
  });

  it("goes on though a recipient and a supervisor who has a copy leave: it is counted, acknowledged and withdrawn", async () => {
    await aPerson(hospital, { id: "north-leaver", territory: "north" });
    await aPerson(hospital, { id: "north-night", territory: "north", role: "supervisor" });
    const leave = () =>
      actAs(hospital.knex, "user:admin", (trx) =>
        trx("memberships").whereIn("user_id", ["north-leaver", "north-night"]).delete(),
      );
    id = await hospital.broadcast({ territory_id: "north", priority: "critical" });
    await hospital.page(id);
    await step();
    expect(await copies()).toHaveLength(2);
    await leave();
    await acknowledge("north-1");
    await countAcknowledged(hospital.knex, id);
    expect(await copies()).toMatchObject([
      { recipients: 3, acknowledged: 1 },
      { recipients: 3, acknowledged: 1 },
    ]);
    await expireAll();
    const states = await hospital.asOwner(
      "SELECT DISTINCT status FROM notifications WHERE send_id = $1 ORDER BY status",
      id,
    );
    expect(states).toEqual([{ status: "acknowledged" }, { status: "expired" }]);
  });

  it("ends with the broadcast's time, and when it is taken back", async () => {
    await cancelBroadcast(hospital.knex, hospital.services.north.id, id, () => undefined);
    expect(await alert()).toMatchObject({ status: "cancelled", next_step_at: null });
    id = await hospital.broadcast({ territory_id: "north", priority: "critical" });
    await hospital.page(id);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications").where({ id }).update({ expires_at: new Date() }),
    );
    expect(await findExpired(hospital.knex)).toContain(id);
    await expire(hospital.knex, id);
    expect(await alert()).toMatchObject({ status: "expired", next_step_at: null });
  });
});

it("that nobody has to acknowledge has no alert", async () => {
  id = await hospital.broadcast({ territory_id: "north" });
  expect(await hospital.page(id)).not.toHaveProperty("alert");
  expect(await alert()).toBeUndefined();
});
