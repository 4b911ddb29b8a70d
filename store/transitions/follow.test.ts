import type { Knex } from "knex";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { meanwhile } from "../../testing/locks.ts";
import { aPerson } from "../../testing/nouns.ts";
import { call } from "../db/transitions.ts";
import { act } from "./act.ts";
import { closeCopies, follow } from "./follow.ts";

let hospital: Hospital;
/** An alert that two supervisors have a copy of. */
let id: string;

beforeAll(async () => {
  hospital = await createHospital();
  await aPerson(hospital, { id: "north-night", territory: "north", role: "supervisor" });
});
beforeEach(async () => {
  const dedup_key = `problem-${performance.now()}`;
  id = await hospital.notify("north-1", { priority: "critical", dedup_key });
  await hospital.takeStep(id);
  // It was sent again: that has still to come to the copies.
  const again = await hospital.accept("north-1", { priority: "critical", dedup_key });
  const content = { title: "Freezer", message: "At -58", redaction: { version: "1", counts: {} } };
  await call(hospital.knex, "join_alert", again, id, JSON.stringify(content), "[]", "[]");
});
afterAll(() => hospital.close());

const copies = async (condition: string): Promise<number> =>
  (
    await hospital.asOwner(
      `SELECT id FROM notifications AS copy WHERE escalated_from = $1 AND (${condition})`,
      id,
    )
  ).length;
const behind = async (): Promise<unknown> =>
  (await hospital.asOwner("SELECT behind, closing FROM notifications WHERE id = $1", id))[0];

it.each<[string, string, (trx: Knex.Transaction) => Promise<unknown>]>([
  [
    "is resolved",
    "resolved_at IS NOT NULL",
    async (trx) => {
      const [send] = await hospital.asOwner("SELECT service_id, dedup_hash FROM sends WHERE id = $1", id);
      await call(trx, "resolve", send?.["service_id"], send?.["dedup_hash"]);
    },
  ],
  [
    "is closed by a supervisor",
    "closed_at IS NOT NULL",
    (trx) => call(trx, "close_alert", "north-boss", id, "seen to"),
  ],
  ["is taken back", "status = 'cancelled'", (trx) => call(trx, "cancel", hospital.services.north.id, id)],
])(
  "what comes to the copies of an alert while it %s waits for that, and brings it too",
  async (_, condition, ends) => {
    await meanwhile(hospital, ends, () => follow(hospital.knex, id));
    expect(await copies(`repeats = 1 OR status = 'cancelled'`)).toBe(2);
    expect(await copies(condition)).toBe(2);
    expect(await behind()).toEqual({ behind: false, closing: false });
  },
);

it("closes no copy of an alert whose acknowledgement is taken back meanwhile", async () => {
  await follow(hospital.knex, id);
  await call(hospital.knex, "act", "north-1", id, "acknowledge", null, null, false, null);
  await meanwhile(
    hospital,
    (trx) => call(trx, "unacknowledge", "north-1", id),
    () => closeCopies(hospital.knex, id),
  );
  expect(await copies("acknowledged_at IS NULL")).toBe(2);
  expect(await behind()).toEqual({ behind: false, closing: false });
});

it("opens the copies again of an alert whose acknowledgement is taken back while it is completed to them", async () => {
  await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
  await closeCopies(hospital.knex, id);
  expect(await copies("acknowledged_at IS NOT NULL")).toBe(2);
  await meanwhile(
    hospital,
    (trx) => call(trx, "unacknowledge", "north-1", id),
    () => follow(hospital.knex, id),
  );
  expect(await copies("acknowledged_at IS NULL AND repeats = 1")).toBe(2);
  expect(await behind()).toEqual({ behind: false, closing: false });
});
