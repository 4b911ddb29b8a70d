import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs, isPostgresError, type Actor } from "../db/knex.ts";
import { findLimits, shred } from "./retention.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";

let hospital: Hospital;
const NORTH = { territoryId: "north", days: 7 };

beforeAll(async () => {
  hospital = await createHospital({ max: 2 });
  await actAs(hospital.knex, "setup", (trx) =>
    trx("territories")
      .where({ id: "north" })
      .update({ settings: JSON.stringify({ originals_days: 7 }) }),
  );
});
afterAll(() => hospital.close());

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

/** Makes a send as old as that, as its own workflow may. */
async function age(id: string, days: number, more: Record<string, unknown> = {}): Promise<void> {
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("sends")
      .where({ id })
      .update({ created_at: daysAgo(days), ...more }),
  );
}

/** Ends what is left to deliver, as when every channel had its turn. */
async function settle(id: string): Promise<void> {
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("deliveries").where({ notification_id: id }).update({ status: "delivered" }),
  );
}

async function old(userId: string, days = 8): Promise<string> {
  const id = await hospital.notify(userId);
  await settle(id);
  await age(id, days);
  return id;
}

const rowOf = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await hospital.asOwner("SELECT * FROM sends WHERE id = $1", id))[0];
const isKept = async (id: string): Promise<boolean> => (await rowOf(id))?.["sealed"] !== null;

describe("shred", () => {
  it("finds the territories that limit how long originals are kept", async () => {
    expect(await findLimits(hospital.knex)).toEqual([NORTH]);
  });

  it("destroys text, key and hashes, keeps the row and the notification, and says so on record", async () => {
    const id = await old("north-1");
    expect(await shred(hospital.knex, NORTH)).toBe(1);
    expect(await rowOf(id)).toMatchObject({
      key_id: null,
      wrapped_key: null,
      sealed: null,
      idempotency_hash: null,
      body_hash: Buffer.alloc(0),
      shredded_at: expect.any(Date),
      status: "persisted",
    });
    expect(await hospital.asOwner("SELECT message FROM notifications WHERE id = $1", id)).toMatchObject([
      { message: "Potassium 6.8" },
    ]);
    const events = await hospital.asOwner(
      "SELECT actor, outcome, territory_id, payload FROM audit_events WHERE action = 'original.shred' AND object_id = $1",
      id,
    );
    expect(events).toEqual([
      { actor: "retention", outcome: "ok", territory_id: "north", payload: { days: 7 } },
    ]);
    expect(await shred(hospital.knex, NORTH)).toBe(0);
  });

  it("destroys what joined an alert once nobody waits for that, and what named the problem", async () => {
    const key = { dedup_key: "freezer-7", priority: "critical" } as const;
    const alert = await hospital.notify("north-1", key);
    const repeat = await hospital.notify("north-1", key);
    await settle(alert);
    for (const id of [alert, repeat]) await age(id, 8);
    expect(await shred(hospital.knex, NORTH)).toBe(0);
    await actAs(hospital.knex, `worker:${alert}`, (trx) =>
      trx("notifications").where({ id: alert }).update({ next_step_at: null }),
    );
    expect(await shred(hospital.knex, NORTH)).toBe(2);
    for (const id of [alert, repeat])
      expect(await rowOf(id)).toMatchObject({ sealed: null, wrapped_key: null, dedup_hash: null });
    const next = await hospital.notify("north-1", key);
    expect(await rowOf(next)).toMatchObject({ joined: null });
  });

  it("leaves what is younger, and what another territory keeps", async () => {
    const [young, south] = [await old("north-1", 6), await old("south-1", 4_000)];
    expect(await shred(hospital.knex, NORTH)).toBe(0);
    expect([await isKept(young), await isKept(south)]).toEqual([true, true]);
  });

  it("never touches what is not persisted, however old", async () => {
    const id = await hospital.accept("north-1");
    await age(id, 400);
    expect(await shred(hospital.knex, NORTH)).toBe(0);
    const refused = await actAs(hospital.knex, "retention", (trx) =>
      trx("sends")
        .where({ id })
        .update({ shredded_at: new Date(), key_id: null, wrapped_key: null, sealed: null }),
    );
    expect(refused).toBe(0);
    await hospital.persist(id);
    expect(await isKept(id)).toBe(true);
  });

  it("counts a send for later from the time it was for", async () => {
    const id = await old("north-1", 30);
    await age(id, 30, { send_at: daysAgo(3) });
    expect(await shred(hospital.knex, NORTH)).toBe(0);
    await age(id, 30, { send_at: daysAgo(8) });
    expect(await shred(hospital.knex, NORTH)).toBe(1);
  });

  it.each(["queued", "claimed"])("waits for a delivery that is %s", async (status) => {
    const id = await old("north-1");
    const set = (to: string) =>
      actAs(hospital.knex, `worker:${id}`, (trx) =>
        trx("deliveries").where({ notification_id: id }).update({ status: to }),
      );
    await set(status);
    expect(await shred(hospital.knex, NORTH)).toBe(0);
    await set("delivered");
    expect(await shred(hospital.knex, NORTH)).toBe(1);
  });

  it("waits while there is a step of escalation to come", async () => {
    const id = await old("north-1");
    const step = (next_step_at: Date | null) =>
      actAs(hospital.knex, `worker:${id}`, (trx) =>
        trx("notifications").where({ id }).update({ next_step_at }),
      );
    await step(new Date());
    expect(await shred(hospital.knex, NORTH)).toBe(0);
    await step(null);
    expect(await shred(hospital.knex, NORTH)).toBe(1);
  });

  it("passes by what a transaction holds, and comes back for it", async () => {
    const [held, free] = [await old("north-1"), await old("north-1")];
    await actAs(hospital.knex, `worker:${held}`, async (trx) => {
      await trx("sends").where({ id: held }).forUpdate();
      expect(await shred(hospital.knex, NORTH)).toBe(1);
    });
    expect([await isKept(held), await isKept(free)]).toEqual([true, false]);
    expect(await shred(hospital.knex, NORTH)).toBe(1);
  });

  it("shares the work between two that run at once", async () => {
    const ids = [];
    for (let index = 0; index < 6; index += 1) ids.push(await old("north-2"));
    const both = async (): Promise<number[]> =>
      await Promise.all([shred(hospital.knex, NORTH, 4), shred(hospital.knex, NORTH, 4)]);
    const counts = [...(await both()), ...(await both())];
    expect(counts.reduce((sum, count) => sum + count)).toBe(6);
    expect(
      await hospital.asOwner(
        "SELECT object_id FROM audit_events WHERE action = 'original.shred' AND object_id = ANY ($1)",
        ids,
      ),
    ).toHaveLength(6);
  });
});

describe("an original", () => {
  it.each<[Actor | "worker", Record<string, unknown>]>([
    ["worker", { sealed: Buffer.from("other") }],
    ["worker", { key_id: "k9" }],
    ["worker", { key_id: null, wrapped_key: null, sealed: null, shredded_at: new Date() }],
    ["rotation", { sealed: Buffer.from("other") }],
    ["rotation", { territory_id: "north" }],
    ["rotation", { key_id: null, wrapped_key: null, sealed: null, shredded_at: new Date() }],
    ["retention", { sealed: Buffer.from("other") }],
    ["retention", { key_id: "k9" }],
  ])("can't be changed by %s to %o", async (who, change) => {
    const id = await hospital.notify("south-1");
    const actor: Actor = who === "worker" ? `worker:${id}` : who;
    const before = await rowOf(id);
    const error: unknown = await actAs(hospital.knex, actor, (trx) =>
      trx("sends").where({ id }).update(change),
    ).then(
      () => null,
      (caught: unknown) => caught,
    );
    expect(isPostgresError(error, "42501")).toBe(true);
    expect(await rowOf(id)).toEqual(before);
  });

  it.each([{ wrapped_key: null }, { sealed: null }, { key_id: null }])(
    "is destroyed whole or not at all: %o",
    async (part) => {
      const id = await old("north-1", 1);
      const half = actAs(hospital.knex, "retention", (trx) =>
        trx("sends")
          .where({ id })
          .update({ shredded_at: new Date(), body_hash: Buffer.alloc(0), ...part }),
      );
      await expect(half).rejects.toThrow("sends_shredded");
    },
  );
});
