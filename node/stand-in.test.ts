import type pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createLog } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { aService } from "../testing/nouns.ts";
import { until } from "../testing/until.ts";
import { createPrecedence } from "./precedence.ts";
import { type StandInDeps, startStandIn } from "./stand-in.ts";

let hospital: Hospital;
let owner: pg.Client;
beforeAll(async () => {
  hospital = await createHospital();
  owner = await hospital.owner("sends");
});
afterAll(() => hospital.close());

/** A node without Temporal, unless the test brings it back; the test turns its clock. */
function standIn() {
  const world = {
    answers: false,
    at: 0,
    asked: 0,
    failing: new Set<string>(),
    tried: new Map<string, number>(),
    /** Broadcasts that are for later, and the times they were tried. */
    later: new Map<string, number>(),
    /** What else happens while the first send is brought in. */
    meanwhile: (): Promise<unknown> => Promise.resolve(),
  };
  const { persist, page, escalate } = hospital;
  const activities: ReturnType<StandInDeps["activities"]> = {
    persist: async (id) => {
      if (world.tried.size === 0) await world.meanwhile();
      world.tried.set(id, world.asked);
      if (world.failing.has(id)) throw new Error("it can't arrive");
      await persist(id);
      return { groups: [], nextMs: null };
    },
    broadcastPage: async (id, after) => {
      const tries = world.later.get(id);
      if (tries !== undefined) {
        world.later.set(id, tries + 1);
        return { after, reached: 0, holdMs: 60_000 };
      }
      await page(id);
      return { after: null, reached: 0 };
    },
    escalate,
  };
  const loop = startStandIn({
    knex: hospital.knex,
    starter: {
      answers: async () => {
        world.asked += 1;
        return world.answers;
      },
    },
    activities: () => activities,
    precedence: createPrecedence(),
    log: createLog("silent"),
    now: () => world.at,
  });
  onTestFinished(() => loop.stop());
  return world;
}

/** As if it had been accepted so long ago that the node which took it in should have begun it. */
const isLeftBehind = (...ids: string[]) =>
  owner.query("UPDATE sends SET next_start_at = now() WHERE id = ANY ($1)", [ids]);
const inboxOf = async (person: string): Promise<unknown[]> =>
  (await hospital.asOwner("SELECT send_id FROM notifications WHERE user_id = $1", person)).map(
    ({ send_id }) => send_id,
  );
const rounds = async (world: { asked: number }, more: number): Promise<void> => {
  const before = world.asked;
  await until("it has looked again", () => world.asked >= before + more);
};

it("brings what was accepted into inboxes while Temporal is away: single sends, bulk and broadcasts", async () => {
  const single = await hospital.accept("north-1");
  const bulk = await hospital.accept("north-1", {}, "bulk");
  const broadcast = await hospital.broadcast({ territory_id: "north" });
  await isLeftBehind(single, bulk, broadcast);
  standIn();
  await expect
    .poll(() => inboxOf("north-1"), { timeout: 60_000 })
    .toEqual(expect.arrayContaining([single, bulk, broadcast]));
});

it("goes on in the same round after sends that can't arrive", async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, () => hospital.accept("north-2")));
  await isLeftBehind(...ids);
  const world = standIn();
  for (const id of ids.slice(0, 3)) world.failing.add(id);
  await until("all are tried", () => ids.every((id) => world.tried.has(id)));
  expect(new Set(ids.map((id) => world.tried.get(id))).size).toBe(1);
});

it("asks once a round for a broadcast that is held, and goes on with the others", async () => {
  const held = await hospital.broadcast({ territory_id: "north" });
  const single = await hospital.accept("north-2");
  await isLeftBehind(held);
  const world = standIn();
  world.later.set(held, 0);
  await until("it was asked for", () => world.later.get(held) !== 0);
  await isLeftBehind(single);
  await until("the other one is tried", () => world.tried.has(single));
  expect(world.later.get(held)).toBe(1);
});

it("brings another key's in after few of a key that left many behind", async () => {
  const flood = await Promise.all(
    Array.from({ length: 40 }, () => hospital.accept("north-2", { priority: "critical" })),
  );
  const other = await aService(hospital, { territories: ["south"] });
  const single = await hospital.accept("south-1", { priority: "critical" }, undefined, other);
  await owner.query("UPDATE sends SET next_start_at = now() + interval '1 hour' WHERE id = $1", [single]);
  await isLeftBehind(...flood);
  const world = standIn();
  world.meanwhile = () => isLeftBehind(single);
  await until("all are in", () => [single, ...flood].every((id) => world.tried.has(id)));
  const order = [...world.tried.keys()].filter((id) => id === single || flood.includes(id));
  expect(order.indexOf(single)).toBeLessThan(20);
});

it("leaves everything to the workflows while Temporal answers", async () => {
  const id = await hospital.accept("north-2");
  await isLeftBehind(id);
  const world = standIn();
  world.answers = true;
  await rounds(world, 3);
  expect(await inboxOf("north-2")).not.toContain(id);
});

it("takes the steps of alerts that are overdue once Temporal has been away for half a minute", async () => {
  const id = await hospital.notify("north-1", { priority: "critical" });
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({ next_step_at: new Date(Date.now() - 10_000) }),
  );
  const world = standIn();
  await rounds(world, 3);
  expect(await inboxOf("north-boss")).not.toContain(id);
  world.at = 31_000;
  await expect.poll(() => inboxOf("north-boss"), { timeout: 60_000 }).toContain(id);
});
