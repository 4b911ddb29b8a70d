import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { watchState } from "./state.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

/** What a node's metrics say of what is in the database now. */
async function scrape(): Promise<Record<string, number>> {
  const registry = new Registry();
  watchState(hospital.knex, registry);
  const lines = (await registry.metrics()).split("\n").filter((line) => line.startsWith("tocsin_"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

const unpersisted = (lane: string) => ({
  age: `tocsin_oldest_unpersisted_seconds{lane="${lane}"}`,
  count: `tocsin_unpersisted_sends{lane="${lane}"}`,
});
const unanswered = (state: string): string => `tocsin_unanswered_alerts{state="${state}"}`;

it("says of nothing that there is none, so that an alert has something to compare with", async () => {
  const all = await scrape();
  const names = ["critical", "ordinary", "bulk"].flatMap((lane) => Object.values(unpersisted(lane)));
  const states = ["waiting", "exhausted", "unreached"].map(unanswered);
  expect(all).toEqual(
    Object.fromEntries(
      [...names, ...states, "tocsin_overdue_steps", "tocsin_parked_items"].map((name) => [name, 0]),
    ),
  );
});

it("says what is late, by lane from its own time on, what waits for an answer, by state, and what was given up", async () => {
  const ids = {
    critical: await hospital.accept("north-1", { priority: "critical" }, "critical"),
    ordinary: await hospital.accept("north-1"),
    planned: await hospital.accept("north-1", { send_at: new Date(Date.now() + 3_600_000) }),
    bulk: await hospital.accept("north-1", {}, "bulk"),
  };
  await hospital.accept("north-1", {}, "bulk");
  const owner = await hospital.owner("sends", "notifications", "troubles");
  const late = (id: string, change: string) => owner.query(`UPDATE sends SET ${change} WHERE id = $1`, [id]);
  await late(ids.critical, "created_at = now() - interval '40 seconds'");
  await late(ids.ordinary, "created_at = now() - interval '1 day', send_at = now() - interval '300 seconds'");
  await late(ids.planned, "created_at = now() - interval '1 day'");
  await late(ids.bulk, "created_at = now() - interval '2 hours'");

  const alert = () => hospital.notify("north-2", { priority: "critical" });
  const [waiting, missed, exhausted] = [await alert(), await alert(), await alert()];
  const change = (id: string, to: string) =>
    owner.query(`UPDATE notifications SET ${to} WHERE id = $1`, [id]);
  await change(waiting, "seen_at = now()");
  await change(missed, "seen_at = now(), next_step_at = now() - interval '6 seconds'");
  await change(exhausted, "seen_at = now(), exhausted_at = now()");
  await alert();
  await owner.query(
    "INSERT INTO troubles (kind, id, code, parked_at) VALUES ('relay', gen_random_uuid(), 'failed', now()), ('relay', gen_random_uuid(), 'failed', NULL)",
  );

  const all = await scrape();
  const of = (lane: string): unknown[] => Object.values(unpersisted(lane)).map((name) => all[name]);
  const about = (age: number) => expect.toSatisfy((value: number) => value >= age && value < age + 120);
  expect(of("critical")).toEqual([about(40), 1]);
  expect(of("ordinary")).toEqual([about(300), 1]);
  expect(of("bulk")).toEqual([about(7_200), 2]);
  expect(["waiting", "exhausted", "unreached"].map((state) => all[unanswered(state)])).toEqual([2, 1, 1]);
  expect([all["tocsin_overdue_steps"], all["tocsin_parked_items"]]).toEqual([1, 1]);
});
