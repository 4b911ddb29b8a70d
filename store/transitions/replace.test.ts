import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { act } from "./act.ts";

let hospital: Hospital;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
});
afterAll(() => hospital.close());

const CRITICAL = { priority: "critical" } as const;
const family = (id: string) =>
  hospital.asOwner(
    "SELECT id, user_id, status, acknowledged_by, replaces, replaced_by, replaced_at, next_step_at FROM notifications WHERE id = $1 OR escalated_from = $1 ORDER BY created_at, user_id",
    id,
  );
const step = async (id: string) => {
  return await hospital.takeStep(id);
};

describe("a send that replaces another", () => {
  it("ends it for everybody who was told, links both, and is acknowledged by itself", async () => {
    const former = await hospital.notify("north-1", CRITICAL);
    await step(former);
    await act(hospital.knex, "north-1", former, { kind: "acknowledge" });
    const later = await hospital.notify("north-1", { ...CRITICAL, replaces: former });
    expect(await family(former)).toMatchObject([
      { user_id: "north-1", acknowledged_by: "north-1", replaced_by: later, replaced_at: expect.any(Date) },
      { user_id: "north-boss", replaced_by: null, replaced_at: expect.any(Date) },
    ]);
    expect(await family(later)).toMatchObject([
      { status: "sent", acknowledged_by: null, replaces: former, next_step_at: expect.any(Date) },
    ]);
    await act(hospital.knex, "north-1", later, { kind: "acknowledge" });
    expect(await family(later)).toMatchObject([{ status: "acknowledged", next_step_at: null }]);
  });

  it("ends its escalation once it is stored, and not before", async () => {
    const former = await hospital.notify("north-1", CRITICAL);
    const later = await hospital.accept("north-2", { ...CRITICAL, replaces: former });
    expect(await family(former)).toMatchObject([{ replaced_at: null, next_step_at: expect.any(Date) }]);
    await hospital.persist(later);
    expect(await family(former)).toMatchObject([
      { replaced_at: expect.any(Date), replaced_by: null, next_step_at: null },
    ]);
    expect(await hospital.escalate(former)).toMatchObject({ nextMs: null });
    expect(await family(later)).toMatchObject([{ user_id: "north-2", replaces: null }]);
    const records = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE action = 'notification.replace' AND object_id = $1",
      former,
    );
    expect(records).toEqual([{ payload: { by: later } }]);
  });

  it("also ends what is still on its way", async () => {
    const former = await hospital.accept("north-1", CRITICAL);
    const later = await hospital.notify("north-1", { ...CRITICAL, replaces: former });
    await hospital.persist(former);
    expect(await family(former)).toMatchObject([{ replaced_by: later, next_step_at: null }]);
    const deliveries = await hospital.asOwner(
      "SELECT DISTINCT reason FROM deliveries WHERE notification_id = $1 AND channel = 'websocket'",
      former,
    );
    expect(deliveries).toEqual([{ reason: "replaced" }]);
    const records = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE action = 'notification.replace' AND object_id = $1",
      former,
    );
    expect(records).toEqual([{ payload: { by: later, on_its_way: true } }]);
  });

  it("is the alert of its dedup key from then on, and joins none", async () => {
    const key = { dedup_key: "result-4711", ...CRITICAL };
    const former = await hospital.notify("north-1", key);
    const repeat = await hospital.notify("north-1", key);
    const later = await hospital.notify("north-1", { ...key, replaces: repeat });
    expect(await family(former)).toMatchObject([{ replaced_by: later }]);
    expect(await family(later)).toMatchObject([{ replaces: former, replaced_at: null }]);
    await hospital.notify("north-1", key);
    const rows = await hospital.asOwner("SELECT id, repeats FROM notifications WHERE id = ANY ($1)", [
      former,
      later,
    ]);
    expect(new Map(rows.map(({ id, repeats }) => [id, repeats]))).toEqual(
      new Map([
        [former, 1],
        [later, 1],
      ]),
    );
  });

  it("names none but its own service's, in the same territory", async () => {
    const theirs = await hospital.notify("south-1");
    await expect(hospital.accept("north-1", { replaces: theirs })).rejects.toMatchObject({
      status: 422,
      faults: [{ path: "/replaces" }],
    });
    const broadcast = await hospital.broadcast({ territory_id: "north" });
    await expect(hospital.accept("north-1", { replaces: broadcast })).rejects.toMatchObject({ status: 422 });
  });
});
