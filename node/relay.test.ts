import type { Knex } from "knex";
import { expect, it, onTestFinished } from "vitest";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { createLog } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { aCrowd } from "../testing/crowd.ts";
import { createHospital } from "../testing/hospital.ts";
import { noTemporal } from "../testing/starter.ts";
import { type CriticalStarts, createCriticalStarts } from "./critical-starts.ts";
import { createPrecedence } from "./precedence.ts";
import { startRelay } from "./relay.ts";
import type { Starter } from "./starter.ts";

/** Runs a relay on a hospital's database until the test ends. */
function runRelay(
  knex: Knex,
  starter: Starter,
  criticalStarts?: CriticalStarts,
): ReturnType<typeof startRelay> {
  const bridge = createLocalBridge();
  const relay = startRelay({
    knex,
    starter,
    starts: createPrecedence().starts,
    criticalStarts: criticalStarts ?? createCriticalStarts({ starter, bridge, times: 1 }),
    bridge,
    metrics: { relayed: () => undefined, loopFailed: () => undefined },
    log: createLog("silent"),
  });
  onTestFinished(() => relay.stop());
  return relay;
}

it("ends what has expired, also beside one whose end fails each time or while the other loops stand still, and tells the workflows that wait", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const ids: string[] = [];
  for (const person of ["north-1", "north-2", "south-1"]) {
    const id = await hospital.notify(person);
    ids.push(id);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({ expires_at: new Date(Date.now() - 3_600_000 + ids.length) }),
    );
  }
  const [stuck, ...others] = ids;
  const waiting = String(others[0]);
  await actAs(hospital.knex, `worker:${waiting}`, (trx) =>
    trx("notifications")
      .where({ id: waiting })
      .update({ next_step_at: new Date(Date.now() + 3_600_000) }),
  );
  const told: string[] = [];
  // Relay and reconciler ask Temporal, which leaves them without an answer.
  const { promise: answers, resolve: answer } = Promise.withResolvers<boolean>();
  const owner = await hospital.owner("notifications");
  await owner.query(
    `CREATE FUNCTION public.stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$;
     CREATE TRIGGER stuck BEFORE UPDATE ON notifications FOR EACH ROW
       WHEN (NEW.status = 'expired' AND NEW.id = '${String(stuck)}') EXECUTE FUNCTION public.stuck()`,
  );
  runRelay(hospital.knex, {
    ...noTemporal,
    answers: () => answers,
    tellHandled: (id) => Promise.resolve(void told.push(id)),
  });
  // Before the relay stops, which waits for it.
  onTestFinished(() => answer(false));
  const statusOf = async (list: string[]): Promise<unknown[]> =>
    (await owner.query("SELECT status FROM notifications WHERE id = ANY ($1)", [list])).rows.map(
      ({ status }: { status: string }) => status,
    );
  await expect.poll(() => statusOf(others)).toEqual(["expired", "expired"]);
  await expect.poll(() => told).toEqual([waiting]);
  expect(await statusOf([String(stuck)])).toEqual(["sent"]);
});

it("starts what is critical also while calls are kept from a Temporal that answers, and nothing else", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const critical = await hospital.accept("north-1", { priority: "critical" }, "critical");
  const stuck = await hospital.accept("north-2", { priority: "critical" }, "critical");
  await hospital.persist(stuck);
  const ordinary = await hospital.accept("north-1");
  const owner = await hospital.owner("sends", "deliveries");
  await owner.query("UPDATE sends SET next_start_at = now() - interval '1 second'");
  await owner.query("UPDATE deliveries SET next_check_at = now() - interval '1 second'");
  const started = new Set<string>();
  const told: (string | undefined)[] = [];
  const starter: Starter = {
    ...noTemporal,
    state: () => "down",
    answers: () => Promise.resolve(true),
    start: (id) => Promise.resolve(started.add(id).size > 0),
    tellHandled: (_, lane) => Promise.resolve(void told.push(lane)),
  };
  const relay = runRelay(hospital.knex, starter);
  await expect.poll(() => [...started].toSorted()).toEqual([critical, stuck].toSorted());
  await relay.stop();
  expect(told).toEqual(["critical"]);
  const untouched = await owner.query("SELECT start_attempts FROM sends WHERE id = $1", [ordinary]);
  expect(untouched.rows).toEqual([{ start_attempts: 0 }]);
});

it("begins the other channels of a critical broadcast without waiting for its next round", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const pattern = await hospital.accept("south-1", { priority: "critical" }, "critical");
  await hospital.persist(pattern);
  await aCrowd(hospital, pattern, 1_500);
  const owner = await hospital.owner("deliveries");
  await owner.query(
    "UPDATE deliveries SET next_check_at = now(), due_lane = 'critical' WHERE user_id LIKE 'crowd-%'",
  );
  let rounds = 0;
  const starter: Starter = {
    ...noTemporal,
    state: () => "down",
    answers: () => Promise.resolve((rounds += 1) > 0),
    start: () => Promise.resolve(true),
    startBroadcast: () => Promise.resolve(true),
  };
  runRelay(hospital.knex, starter);
  const left = async (sql: string): Promise<number> => Number((await owner.query(sql)).rows[0].count);
  await expect
    .poll(() => left("SELECT count(*) FROM deliveries WHERE status = 'queued' AND next_check_at <= now()"), {
      timeout: 60_000,
    })
    .toBe(0);
  // A hundred in each round would have taken fifteen of them, and as many of the loop beside it.
  expect(rounds).toBeLessThan(15);
});

it("counts no trouble for what had no turn yet, and gives it back, however often", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const id = await hospital.accept("north-1", { priority: "critical" }, "critical");
  const owner = await hospital.owner("sends", "troubles");
  await owner.query("UPDATE sends SET next_start_at = now() - interval '1 second'");
  let asked = 0;
  const relay = runRelay(
    hospital.knex,
    { ...noTemporal, state: () => "up" },
    {
      start: () => {
        asked += 1;
        return Promise.resolve("waits");
      },
    },
  );
  await expect.poll(() => asked, { timeout: 60_000 }).toBeGreaterThan(4);
  await relay.stop();
  expect((await owner.query("SELECT FROM troubles")).rows).toEqual([]);
  const { rows } = await owner.query("SELECT start_attempts FROM sends WHERE id = $1", [id]);
  expect(rows).toEqual([{ start_attempts: 0 }]);
});

it("starts what is critical before what it found with it", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const others = [await hospital.accept("north-1"), await hospital.accept("south-1")];
  const bulk = await hospital.accept("south-1", {}, "bulk");
  const critical = await hospital.accept("north-2", { priority: "critical" }, "critical");
  for (const id of [...others, bulk, critical]) await hospital.persist(id);
  const owner = await hospital.owner("deliveries");
  // The critical one is the youngest of them.
  await owner.query(
    `UPDATE deliveries SET next_check_at = now() - CASE due_lane WHEN 'critical' THEN interval '1 second' ELSE interval '1 hour' END`,
  );
  const started: string[] = [];
  const starter: Starter = {
    ...noTemporal,
    state: () => "up",
    start: (_, lane) => Promise.resolve(started.push(lane) > 0),
  };
  runRelay(hospital.knex, starter);
  await expect.poll(() => started.length).toBeGreaterThan(3);
  expect(started[0]).toBe("critical");
});

it("has the next step of an alert due at once whose recipient has left, and tells its workflow", async () => {
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const [id, other] = [
    await hospital.notify("north-1", { priority: "critical" }),
    await hospital.notify("north-2", { priority: "critical" }),
  ];
  const told: string[] = [];
  runRelay(hospital.knex, { ...noTemporal, tellHandled: (alert) => Promise.resolve(void told.push(alert)) });
  await actAs(hospital.knex, "user:admin", (trx) =>
    trx("memberships").where({ user_id: "north-1" }).delete(),
  );
  await expect.poll(() => told).toEqual([id]);
  const due = "SELECT id, next_step_at <= now() AS due FROM notifications WHERE id = ANY ($1) ORDER BY due";
  expect(await hospital.asOwner(due, [id, other])).toEqual([
    { id: other, due: false },
    { id, due: true },
  ]);
  await expect.poll(() => hospital.asOwner("SELECT FROM departures")).toEqual([]);
});
