import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { actAs } from "../db/knex.ts";
import {
  claimBulk,
  claimUnfinished,
  claimUnpersisted,
  findBroadcastAlerts,
  findBulks,
  giveBack,
  lookAgain,
} from "./outbox.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aCrowd } from "../../testing/crowd.ts";
import { aService } from "../../testing/nouns.ts";

let hospital: Hospital;
beforeEach(async () => {
  hospital = await createHospital({ max: 4 });
});
afterEach(() => hospital.close());

const bulk = (userId: string, more: { send_at?: Date } = {}): Promise<string> =>
  hospital.accept(userId, more, "bulk");
const many = (count: number, one: () => Promise<string>): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, one));

describe("claimBulk", () => {
  it("claims no more than may be under way, and a small sender's before the rest of a large sender's", async () => {
    await many(130, () => bulk("north-1"));
    const small = await many(3, () => bulk("south-1"));
    const first = (await claimBulk(hospital.knex, { all: true })).map(({ id }) => id);
    expect(first).toHaveLength(100);
    expect(first).toEqual(expect.arrayContaining(small));
    expect(await claimBulk(hospital.knex, { all: true })).toEqual([]);

    for (const id of first.slice(0, 5)) await hospital.persist(id);
    const next = (await claimBulk(hospital.knex, { all: true })).map(({ id }) => id);
    expect(next).toHaveLength(5);
    expect(first).not.toEqual(expect.arrayContaining(next));
  });

  it("gives each to one of several nodes that ask at once", async () => {
    await many(60, () => bulk("north-1"));
    const claimed = await Promise.all(
      Array.from({ length: 4 }, () => claimBulk(hospital.knex, { all: true })),
    );
    const ids = claimed.flat().map(({ id }) => id);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(60);
  });

  it("claims a send again that was not persisted within half a minute", async () => {
    const id = await bulk("north-1");
    expect(await claimBulk(hospital.knex, { all: true })).toEqual([
      { id, lane: "bulk", kind: "notification" },
    ]);
    await late(id);
    expect(await claimBulk(hospital.knex, { all: true })).toEqual([
      { id, lane: "bulk", kind: "notification" },
    ]);
  });

  it("claims a send again at once that was given back, since Temporal did not take it", async () => {
    const id = await bulk("north-1");
    await claimBulk(hospital.knex, { all: true });
    expect(await claimBulk(hospital.knex, { all: true })).toEqual([]);
    await giveBack(hospital.knex, [id]);
    expect(await claimBulk(hospital.knex, { all: true })).toEqual([
      { id, lane: "bulk", kind: "notification" },
    ]);
  });

  it("leaves sends that are for later alone, and those of other lanes", async () => {
    await bulk("north-1", { send_at: new Date(Date.now() + 60_000) });
    const ordinary = await hospital.accept("north-1");
    await late(ordinary);
    expect(await claimBulk(hospital.knex, { all: true })).toEqual([]);
    expect(await claimUnpersisted(hospital.knex)).toMatchObject([{ id: ordinary, lane: "ordinary" }]);
  });
});

describe("what came in bulk", () => {
  it("goes in pages, except what has a workflow of its own, in whose window pages count for nothing", async () => {
    const [paged, alone] = [await bulk("north-1"), await bulk("north-1")];
    await actAs(hospital.knex, "bulk:north", (trx) =>
      trx("sends").where({ id: alone }).update({ alone: true }),
    );
    expect(await findBulks(hospital.knex)).toEqual([{ territory: "north", stuck: false }]);
    expect(await claimBulk(hospital.knex)).toEqual([{ id: alone, lane: "bulk", kind: "notification" }]);
    const everybody = await hospital.broadcast({ territory_id: "south" });
    await late(everybody);
    expect(await claimBulk(hospital.knex)).toEqual([{ id: everybody, lane: "bulk", kind: "broadcast" }]);
    const owner = await hospital.owner("sends");
    await owner.query("UPDATE sends SET next_start_at = now() - interval '61 seconds' WHERE id = $1", [
      paged,
    ]);
    expect(await findBulks(hospital.knex)).toEqual([{ territory: "north", stuck: true }]);
    await hospital.persist(paged);
    expect(await findBulks(hospital.knex)).toEqual([]);
  });
});

describe("claimUnpersisted", () => {
  const critical = (userId: string): Promise<string> =>
    hospital.accept(userId, { priority: "critical" }, "critical");

  it("claims critical ones first, and the first of each territory before the rest of a flood", async () => {
    const flood = await many(130, () => critical("north-1"));
    const ordinary = await hospital.accept("south-1");
    const others = await many(3, () => critical("south-1"));
    for (const id of [...flood, ordinary, ...others]) await late(id);
    const first = (await claimUnpersisted(hospital.knex)).map(({ id }) => id);
    expect(first).toHaveLength(100);
    expect(first).toEqual(expect.arrayContaining(others));
    expect(first).not.toContain(ordinary);
    const rest = (await claimUnpersisted(hospital.knex)).map(({ id }) => id);
    expect(rest).toHaveLength(34);
    expect(rest).toContain(ordinary);
    expect(await claimUnpersisted(hospital.knex)).toEqual([]);
  });

  it("claims the first of each key of a territory before the rest of a flood by one of them", async () => {
    const lab = await aService(hospital, { territories: ["north"] });
    const flood = await many(130, () => critical("north-1"));
    const others = await many(3, () => hospital.accept("north-2", { priority: "critical" }, "critical", lab));
    for (const id of [...flood, ...others]) await late(id);
    const first = (await claimUnpersisted(hospital.knex)).map(({ id }) => id);
    expect(first).toHaveLength(100);
    expect(first).toEqual(expect.arrayContaining(others));
  });

  it("gives each to one of several nodes that ask at once", async () => {
    for (const id of await many(60, () => critical("north-1"))) await late(id);
    const claimed = await Promise.all(Array.from({ length: 4 }, () => claimUnpersisted(hospital.knex)));
    const ids = claimed.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("what has stood still for long", () => {
  const startedOften = (id: string) =>
    actAs(hospital.knex, `worker:${id}`, (trx) => trx("sends").where({ id }).update({ start_attempts: 6 }));

  it("may have a workflow that does nothing: a bulk send, another one that is in no inbox, a delivery", async () => {
    const [inBulk, single] = [await bulk("north-1"), await hospital.accept("north-1")];
    for (const id of [inBulk, single]) await startedOften(id);
    await late(single);
    expect(await claimBulk(hospital.knex, { all: true })).toMatchObject([{ id: inBulk, stuck: true }]);
    expect(await claimUnpersisted(hospital.knex)).toMatchObject([{ id: single, stuck: true }]);
    await hospital.persist(single);
    await stoodStill(single, 61);
    expect(await claimUnfinished(hospital.knex)).toMatchObject([{ id: single, stuck: true }]);
  });

  it("is not what was held until a moment ago", async () => {
    const id = await hospital.notify("north-1");
    await stoodStill(id, 3_600);
    const owner = await hospital.owner("deliveries");
    await owner.query(
      "UPDATE deliveries SET hold_until = now() - interval '11 seconds' WHERE notification_id = $1",
      [id],
    );
    expect(await claimUnfinished(hospital.knex)).toEqual([{ id, lane: "ordinary", kind: "notification" }]);
    const [row] = await hospital.asOwner(
      "SELECT extract(epoch FROM next_check_at - now()) AS wait FROM deliveries WHERE notification_id = $1",
      id,
    );
    expect(Number(row?.["wait"])).toBeLessThan(15);
  });

  it("is looked at again soon where Temporal did not take its workflow, unless it is held", async () => {
    const waitOf = async (id: string): Promise<number> => {
      const [row] = await hospital.asOwner(
        "SELECT extract(epoch FROM next_check_at - now()) AS wait FROM deliveries WHERE notification_id = $1",
        id,
      );
      return Number(row?.["wait"]);
    };
    const [id, other] = [await hospital.notify("north-1"), await hospital.notify("north-1")];
    for (const one of [id, other]) await stoodStill(one, 3_600);
    await claimUnfinished(hospital.knex);
    await lookAgain(hospital.knex, [id]);
    expect(await waitOf(id)).toBeLessThanOrEqual(10);
    expect(await waitOf(other)).toBeGreaterThan(1_000);
    const owner = await hospital.owner("deliveries");
    await owner.query(
      "UPDATE deliveries SET hold_until = now() + interval '1 hour' WHERE notification_id = $1",
      [other],
    );
    await lookAgain(hospital.knex, [other]);
    expect(await waitOf(other)).toBeGreaterThan(1_000);
  });
});

it("finds sends of the other lanes without walking past one that came in bulk", async () => {
  const pattern = await bulk("south-1");
  await hospital.persist(pattern);
  await aCrowd(hospital, pattern, 20_000);
  const owner = await hospital.owner("sends");
  await owner.query("UPDATE sends SET next_start_at = now() - interval '1 hour' WHERE status = 'accepted'");
  const ids = [
    await hospital.accept("north-1", { priority: "critical" }, "critical"),
    await hospital.accept("north-1"),
  ];
  for (const id of ids) await late(id);
  const trx = await hospital.knex.transaction();
  try {
    const found = (await claimUnpersisted(trx)).map(({ id }) => id);
    expect(found.toSorted()).toEqual(ids.toSorted());
    const { rows } = await trx.raw(
      "SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables WHERE relname = 'sends'",
    );
    expect(rows[0].rows).toBeLessThan(100);
  } finally {
    await trx.rollback();
  }
});

describe("claimUnfinished", () => {
  it("starts a notification again in the lane of its send", async () => {
    const id = await bulk("north-1");
    await hospital.persist(id);
    await stoodStill(id, 11);
    expect(await claimUnfinished(hospital.knex)).toEqual([{ id, lane: "bulk", kind: "notification" }]);
  });

  it("starts an alert's own workflow for its copies, which that delivers", async () => {
    const id = await hospital.accept("north-1", { priority: "critical" }, "critical");
    await hospital.persist(id);
    await hospital.takeStep(id);
    const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
    await stoodStill(String(copy?.["id"]), 11);
    expect(await claimUnfinished(hospital.knex)).toEqual([{ id, lane: "critical", kind: "notification" }]);
  });

  it("finds those that tell that a notification is over, however much else is due", async () => {
    const pattern = await bulk("south-1");
    await hospital.persist(pattern);
    await aCrowd(hospital, pattern, 200);
    const id = await hospital.notify("north-1");
    const owner = await hospital.owner("deliveries");
    await owner.query(
      "UPDATE deliveries SET next_check_at = now() - interval '1 hour', due_lane = 'ordinary'",
    );
    await owner.query(
      `UPDATE deliveries SET due_lane = 'stand_down', stand_down = 'taken', redelivery_of = id, next_check_at = now()
       WHERE notification_id = $1`,
      [id],
    );
    expect(await claimUnfinished(hospital.knex)).toContainEqual(expect.objectContaining({ id, over: true }));
  });

  it("finds what is critical, then what is ordinary, and walks past no bulk delivery to them", async () => {
    const pattern = await bulk("south-1");
    await hospital.persist(pattern);
    await aCrowd(hospital, pattern, 20_000);
    const owner = await hospital.owner("deliveries");
    await owner.query("UPDATE deliveries SET next_check_at = now() - interval '1 hour'");
    // A hundred of them wait in the ordinary lane, for less long.
    await owner.query(
      `UPDATE deliveries SET due_lane = 'ordinary', next_check_at = now() - interval '1 minute'
       WHERE id IN (SELECT id FROM deliveries WHERE user_id LIKE 'crowd-%' LIMIT 100)`,
    );
    const id = await hospital.accept("north-1", { priority: "critical" }, "critical");
    await hospital.persist(id);
    await stoodStill(id, 11);
    const trx = await hospital.knex.transaction();
    try {
      const found = await claimUnfinished(trx);
      expect(found).toContainEqual({ id, lane: "critical", kind: "notification" });
      const { rows } = await trx.raw(
        `SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables
         WHERE relname = 'deliveries'`,
      );
      expect(rows[0].rows).toBeLessThan(1_000);
    } finally {
      await trx.rollback();
    }
    await claimUnfinished(hospital.knex);
    const { rows } = await owner.query(
      "SELECT due_lane AS lane, count(*)::int AS left FROM deliveries WHERE next_check_at <= now() GROUP BY lane ORDER BY lane",
    );
    expect(rows).toEqual([{ lane: "bulk", left: 19_901 }]);
  });

  it("finds an overdue step behind a hundred others that are not taken for all that their workflows are told", async () => {
    const alerts = await many(101, () => hospital.accept("north-1", { priority: "critical" }, "critical"));
    for (const id of alerts) await hospital.persist(id);
    for (const [place, id] of alerts.entries())
      await actAs(hospital.knex, `worker:${id}`, (trx) =>
        trx("notifications")
          .where({ id })
          .update({ next_step_at: new Date(Date.now() - 600_000 + place * 1_000) }),
      );
    const overdue = async (): Promise<string[]> =>
      (await claimUnfinished(hospital.knex)).filter(({ overdue }) => overdue).map(({ id }) => id);
    expect((await overdue()).toSorted()).toEqual(alerts.slice(0, 100).toSorted());
    // Those that were looked at are put off, for a second at first.
    await actAs(hospital.knex, "relay", (trx) =>
      trx("troubles").update({ again_at: new Date(Date.now() + 60_000) }),
    );
    expect(await overdue()).toEqual(alerts.slice(100));
    const [looked] = await hospital.asOwner("SELECT kind, failures FROM troubles WHERE id = $1", alerts[0]);
    expect(looked).toEqual({ kind: "look", failures: 1 });
  });

  it.each([
    [11, 10],
    [600, 300],
  ])("looks again at a delivery that has stood still for %i s after %i s", async (seconds, wait) => {
    const id = await hospital.notify("north-1");
    await stoodStill(id, seconds);
    await claimUnfinished(hospital.knex);
    const [row] = await hospital.asOwner(
      "SELECT extract(epoch FROM next_check_at - now()) AS wait FROM deliveries WHERE notification_id = $1",
      id,
    );
    expect(Number(row?.["wait"])).toBeGreaterThan(wait - 5);
    expect(Number(row?.["wait"])).toBeLessThan(wait + 5);
  });
});

it("every alert of a broadcast is looked at, however many wait for an acknowledgement", async () => {
  const pattern = await hospital.notify("south-1");
  await aCrowd(hospital, pattern, 750);
  const found = new Set<string>();
  await expect
    .poll(async () => {
      for (const id of await findBroadcastAlerts(hospital.knex)) found.add(id);
      return found.size;
    })
    .toBe(150);
});

/** Ends the time for which the relay leaves a send to the node that took it in. */
async function late(id: string): Promise<void> {
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("sends")
      .where({ id })
      .update({ next_start_at: new Date(Date.now() - 1_000) }),
  );
}

async function stoodStill(id: string, seconds: number): Promise<void> {
  const [updated_at, next_check_at] = [seconds, 1].map((ago) => new Date(Date.now() - ago * 1_000));
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("deliveries").where({ notification_id: id }).update({ updated_at, next_check_at }),
  );
}
