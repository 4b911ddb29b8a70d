import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { waitingIn } from "../../testing/locks.ts";
import { until } from "../../testing/until.ts";
import { actAs } from "../db/knex.ts";
import { countInbox } from "../notifications/counts.ts";
import { act } from "./act.ts";
import { closeCopies } from "./follow.ts";
import { resolve } from "./resolve.ts";

let hospital: Hospital;
let key: string;
let count = 0;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
});
beforeEach(() => {
  key = `freezer-${(count += 1)}`;
});
afterAll(() => hospital.close());

const accept = (body = {}) => hospital.accept("north-1", { dedup_key: key, priority: "critical", ...body });
const send = async (body = {}) => {
  const id = await accept(body);
  await hospital.persist(id);
  return id;
};
const hashOf = async (id: string): Promise<Buffer> => {
  const [row] = await hospital.asOwner("SELECT dedup_hash FROM sends WHERE id = $1", id);
  return must(row, "send")["dedup_hash"] as Buffer;
};
const over = async (id: string) => resolve(hospital.knex, hospital.services.north.id, await hashOf(id));
const family = (id: string) =>
  hospital.asOwner(
    "SELECT id, user_id, status, acknowledged_by, resolved_at, resolved_by, next_step_at FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY created_at, user_id",
    id,
  );
const step = async (id: string) => {
  return await hospital.takeStep(id);
};
const RESOLVED = { resolved_at: expect.any(Date), resolved_by: "north", next_step_at: null };

describe("resolving a problem", () => {
  it("ends its alert and copies, for people and channels, on record, once", async () => {
    const alert = await send();
    await step(alert);
    const { alerts, changes } = await over(alert);
    expect(alerts).toEqual([
      { notification_id: alert, territory_id: "north", resolved_at: expect.any(String) },
    ]);
    expect(changes).toHaveLength(2);
    expect(await family(alert)).toMatchObject([
      { user_id: "north-1", status: "sent", ...RESOLVED },
      { user_id: "north-boss", status: "sent", ...RESOLVED },
    ]);
    expect(await hospital.escalate(alert)).toMatchObject({ nextMs: null });
    const again = await over(alert);
    expect(again).toEqual({ alerts, changes: [], waiting: [] });
    const records = await hospital.asOwner(
      "SELECT actor FROM audit_events WHERE action = 'notification.resolve' AND object_id = $1",
      alert,
    );
    expect(records).toEqual([{ actor: `service:${hospital.services.north.id}` }]);
    const steps = await hospital.asOwner(
      "SELECT FROM delivery_events WHERE notification_id = $1 AND status = 'resolved'",
      alert,
    );
    expect(steps).toHaveLength(1);
  });

  it("needs nobody's acknowledgement, and what is resolved can be put away", async () => {
    const alert = await send();
    const counts = () => actAs(hospital.knex, "user:north-1", (trx) => countInbox(trx, "north-1"));
    const before = (await counts()).unacknowledged_critical;
    await over(alert);
    expect((await counts()).unacknowledged_critical).toBe(before - 1);
    expect(await act(hospital.knex, "north-1", alert, { kind: "dismiss" })).toMatchObject({ kind: "done" });
  });

  it("many times at once, against acknowledgements of all its people, loses nobody who acknowledged", async () => {
    const alert = await send();
    await step(alert);
    const people = await family(alert);
    const hash = await hashOf(alert);
    // All ten, one for each connection, stand before a lock by the time that anybody may go on.
    const gate = await hospital.owner("inboxes");
    await gate.query("BEGIN");
    const inboxes = "SELECT FROM inboxes WHERE user_id = ANY ($1) FOR UPDATE";
    await gate.query(inboxes, [people.map(({ user_id }) => user_id)]);
    const resolves = (times: number) =>
      Array.from({ length: times }, () => resolve(hospital.knex, hospital.services.north.id, hash));
    const first = resolves(3);
    const acts = people.map(({ id, user_id }) =>
      act(hospital.knex, String(user_id), String(id), { kind: "acknowledge" }),
    );
    const racing = Promise.all([Promise.all([...first, ...resolves(5)]), Promise.all(acts)]);
    await until("they wait for each other", async () => (await waitingIn(gate)) === 10);
    await gate.query("COMMIT");
    const [ended, done] = await racing;
    expect(ended.filter(({ changes }) => changes.length > 0)).toHaveLength(1);
    expect(new Set(ended.map(({ alerts }) => JSON.stringify(alerts))).size).toBe(1);
    expect(done.map(({ kind }) => kind)).toEqual(["done", "done"]);
    await closeCopies(hospital.knex, alert);
    const own = people.map(({ user_id }) => ({
      ...{ user_id, status: "acknowledged", acknowledged_by: user_id, ...RESOLVED },
    }));
    expect(await family(alert)).toMatchObject(own);
    const counted = await hospital.asOwner(
      `SELECT action, count(*)::int AS times FROM audit_events WHERE object_id = ANY ($1)
       AND action IN ('notification.acknowledge', 'notification.resolve') GROUP BY action ORDER BY action`,
      people.map(({ id }) => id),
    );
    expect(counted).toEqual([
      { action: "notification.acknowledge", times: 2 },
      { action: "notification.resolve", times: 1 },
    ]);
  });

  it("ends what is on its way: it joins what was resolved, and none of it reaches anybody else", async () => {
    const alert = await send();
    const onItsWay = await accept({ priority: "critical", message: "late" });
    await over(alert);
    await hospital.persist(onItsWay);
    const [row] = await hospital.asOwner("SELECT joined, status FROM sends WHERE id = $1", onItsWay);
    expect(row).toEqual({ joined: alert, status: "persisted" });
    expect(await family(alert)).toMatchObject([RESOLVED]);
  });

  it("before anything has arrived: it arrives resolved, and what comes after that is an alert", async () => {
    const first = await accept();
    const second = await accept();
    expect((await over(first)).alerts.map(({ notification_id }) => notification_id)).toEqual(
      [first, second].toSorted(),
    );
    const recorded = await hospital.asOwner(
      "SELECT object_id, payload FROM audit_events WHERE action = 'notification.resolve' AND object_id = ANY ($1) ORDER BY object_id",
      [first, second],
    );
    expect(recorded).toEqual(
      [first, second].toSorted().map((object_id) => ({ object_id, payload: { on_its_way: true } })),
    );
    await hospital.persist(first);
    await hospital.persist(second);
    expect(await family(first)).toMatchObject([RESOLVED]);
    const deliveries = await hospital.asOwner(
      "SELECT DISTINCT status, reason FROM deliveries WHERE notification_id = $1 AND channel = 'websocket'",
      first,
    );
    expect(deliveries).toEqual([{ status: "skipped", reason: "resolved" }]);
    const next = await send();
    expect(await family(next)).toMatchObject([{ resolved_at: null, next_step_at: expect.any(Date) }]);
    expect((await family(first))[0]).toMatchObject(RESOLVED);
    expect((await over(next)).alerts.map(({ notification_id }) => notification_id)).toEqual([next]);
  });

  it("finds nothing where nothing was sent with the key, or another service sent it", async () => {
    const alert = await send();
    const hash = await hashOf(alert);
    expect((await resolve(hospital.knex, hospital.services.south.id, hash)).alerts).toEqual([]);
    expect((await resolve(hospital.knex, hospital.services.north.id, Buffer.alloc(32))).alerts).toEqual([]);
    expect(await family(alert)).toMatchObject([{ resolved_at: null }]);
  });
});
