import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { findExpired } from "../notifications/outbox.ts";
import { act } from "./act.ts";
import { type Claim, claim, settle } from "./claim.ts";
import { closeAlert } from "./close-alert.ts";
import { escalate, stepTargets, tellPeople } from "./escalate.ts";
import { cancelBroadcast, expire } from "./withdraw.ts";

let hospital: Hospital;
let id: string;
const TO_BOSS = { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 };
const BY_TWO = { ...TO_BOSS, acknowledgers: 2 };

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@example.org` });
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
});
afterAll(() => hospital.close());

const change = (fields: object, of = id) =>
  actAs(hospital.knex, `worker:${of}`, (trx) => trx("notifications").where({ id: of }).update(fields));
const rules = (value: object) => change({ escalation: JSON.stringify(value) });
const due = () =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).whereNotNull("next_step_at").update({ next_step_at: new Date() }),
  );
const step = async () => {
  await due();
  return await hospital.escalate(id);
};
const copies = () =>
  hospital.asOwner("SELECT id, user_id, status FROM notifications WHERE escalated_from = $1", id);
const emails = async (of: string): Promise<string[]> =>
  (
    await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email' ORDER BY round",
      of,
    )
  ).map((row) => String(row["id"]));
const attempt = async (of: string, delivery: string): Promise<Claim | string> => {
  const answer = await claim(hospital.knex, of, delivery, []);
  return "status" in answer ? answer.status : answer;
};
const disable = (person: string, at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at: at }));
const inTerritory = (settings: object) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("territories").where({ id: "north" }).update({ settings }));

describe("a reminder of what was taken over", () => {
  const WITHIN = { ...TO_BOSS, complete_minutes: 30 };
  const reminder = async (of: string) => {
    const [row] = await hospital.asOwner(
      "SELECT remind_at, completion_due_at FROM notifications WHERE id = $1",
      of,
    );
    return row;
  };
  const NONE = { remind_at: null, completion_due_at: null };

  it("is of an alert, and not of what is over when it is acknowledged", async () => {
    await rules(WITHIN);
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    expect(await reminder(id)).toEqual({ remind_at: expect.any(Date), completion_due_at: expect.any(Date) });
    for (const over of ["resolved_at", "replaced_at", "closed_at"]) {
      id = await hospital.notify("north-1", { priority: "critical" });
      await rules(WITHIN);
      await change({ [over]: new Date() });
      await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
      expect(await reminder(id), over).toEqual(NONE);
    }
  });

  it("is none of each of a broadcast's people", async () => {
    const broadcast = await hospital.broadcast({ territory_id: "north", priority: "critical" });
    await hospital.page(broadcast);
    const [row] = await hospital.asOwner(
      "SELECT id FROM notifications WHERE send_id = $1 AND user_id = 'north-1'",
      broadcast,
    );
    id = String(row?.["id"]);
    await rules(WITHIN);
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    expect(await reminder(id)).toEqual(NONE);
  });
});

describe("an alert that one of two has acknowledged", () => {
  it("ends when its time is over", async () => {
    await rules(BY_TWO);
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    await change({ expires_at: new Date(Date.now() - 1_000) });
    expect(await findExpired(hospital.knex)).toContain(id);
    await expire(hospital.knex, id);
    expect(await step()).toMatchObject({ nextMs: null });
    expect(await copies()).toEqual([]);
    expect(await findExpired(hospital.knex)).not.toContain(id);
  });

  it("ends with the broadcast that it came by", async () => {
    const broadcast = await hospital.broadcast({ territory_id: "north", role: "clinician" });
    await hospital.page(broadcast);
    const [row] = await hospital.asOwner(
      "SELECT id FROM notifications WHERE send_id = $1 AND user_id = 'north-1'",
      broadcast,
    );
    id = String(row?.["id"]);
    await change({ escalation: JSON.stringify(BY_TWO), next_step_at: new Date(Date.now() + 60_000) });
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    await cancelBroadcast(hospital.knex, hospital.services.north.id, broadcast, () => undefined);
    expect(await step()).toMatchObject({ nextMs: null });
    expect(await copies()).toEqual([]);
  });
});

it("no step is taken once its time is over, though nothing has ended the alert yet", async () => {
  await rules(TO_BOSS);
  await change({ expires_at: new Date(Date.now() - 1_000) });
  expect(await step()).toMatchObject({ nextMs: null });
  expect(await copies()).toEqual([]);
});

describe("the last resort", () => {
  it.each([
    ["the one", { user_id: "north-2" }],
    ["nobody of the on-call role", { role: "cardiology" }],
  ])("is the supervisors where %s that is named can't be reached", async (_, last_resort) => {
    await inTerritory({ last_resort });
    await rules({ ...TO_BOSS, steps: [{ after_seconds: 60, to: { recipient: true } }] });
    await disable("north-2", new Date());
    await step();
    await step();
    await disable("north-2", null);
    await inTerritory({});
    expect((await copies()).map(({ user_id }) => user_id)).toEqual(["north-boss"]);
  });

  it("is sent once by a channel that was down meanwhile, however often it was told", async () => {
    await rules(TO_BOSS);
    for (let told = 0; told < 5; told += 1) await step();
    const copy = String((await copies())[0]?.["id"]);
    const given: (Claim | string)[] = [];
    for (const delivery of await emails(copy)) given.push(await attempt(copy, delivery));
    expect(given.slice(0, -1)).toEqual(["skipped", "skipped", "skipped", "skipped"]);
    expect(given.at(-1)).toMatchObject({ attempt: 1 });
  });
});

describe("once an alert is closed", () => {
  it("nothing more is sent, also by what was being tried", async () => {
    const [email = ""] = await emails(id);
    const claimed = await attempt(id, email);
    expect(await closeAlert(hospital.knex, "north-boss", id, "at the bedside")).not.toBeNull();
    if (typeof claimed === "string") throw new Error("not claimed");
    await settle(hospital.knex, claimed, { status: "queued", reason: "busy", retryAfterMs: 0 });
    expect(await attempt(id, email)).toBe("skipped");
  });

  it("nobody else closes it, and nobody closes another territory's", async () => {
    expect(await closeAlert(hospital.knex, "south-boss", id, "x")).toBeNull();
    expect(await closeAlert(hospital.knex, "north-1", id, "x")).toBeNull();
    expect(await closeAlert(hospital.knex, "north-boss", id, "x")).not.toBeNull();
    expect(await closeAlert(hospital.knex, "north-boss", id, "x")).toBeNull();
  });
});

describe("a step", () => {
  it("tells nobody of what expired while it waited", async () => {
    await rules(TO_BOSS);
    await due();
    const found = await stepTargets(hospital.knex, id);
    const owner = await hospital.owner("inboxes");
    await owner.query("BEGIN");
    await owner.query("SELECT FROM inboxes WHERE user_id = 'north-boss' FOR UPDATE");
    const told = hospital.escalate(id);
    const blocked =
      "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))";
    const waiting = async () => (await owner.query(blocked)).rowCount;
    await expect.poll(waiting).toBeGreaterThan(0);
    await change({ expires_at: new Date(Date.now() - 1_000) });
    expect(await expire(hospital.knex, id)).toMatchObject({ changes: [{ id }], waits: true });
    await owner.query("COMMIT");
    await told;
    expect(found?.targets).toHaveLength(1);
    expect(await copies()).toEqual([]);
  });

  it("counts nobody as told who left while it was taken", async () => {
    await rules({ ...TO_BOSS, steps: [...TO_BOSS.steps, { after_seconds: 3_600, to: { recipient: true } }] });
    await due();
    const found = await stepTargets(hospital.knex, id);
    const nobody = [{ id: "0192aaaa-0000-7000-8000-000000000001", userId: "gone", deliveries: [] }];
    expect(await tellPeople(hospital.knex, id, found?.number ?? 0, nobody)).toEqual([]);
  });

  it("whose only one is disabled after it was planned reached nobody, by name, and is over at once", async () => {
    await rules({ ...TO_BOSS, steps: [...TO_BOSS.steps, { after_seconds: 3_600, to: { recipient: true } }] });
    await due();
    const { number, nextSeconds } = must(await stepTargets(hospital.knex, id), "step");
    const copy = randomUUID();
    await disable("north-boss", new Date());
    await tellPeople(hospital.knex, id, number, [{ id: copy, userId: "north-boss", deliveries: [] }]);
    const { nextMs } = await escalate(hospital.knex, id, {
      ...{ number, nextSeconds, whom: "supervisor", told: [copy], absent: [], gap: false, exhausted: false },
    });
    await disable("north-boss", null);
    expect(nextMs).toBe(0);
    const recorded = await hospital.asOwner(
      "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND action = 'notification.escalate'",
      id,
    );
    expect(recorded).toMatchObject([{ outcome: "failed", payload: { people: 0, absent: ["north-boss"] } }]);
  });

  it("is due at once again when its claim's answer was lost", async () => {
    const [email = ""] = await emails(id);
    await disable("north-1", new Date());
    for (let tries = 0; tries < 2; tries += 1)
      expect(await claim(hospital.knex, id, email, [])).toMatchObject({ status: "skipped", stepDue: true });
    await disable("north-1", null);
  });
});

it("reads the inboxes of the people concerned alone, however many there are", async () => {
  const site = await createHospital({ max: 1 });
  const people = Array.from({ length: 3_000 }, (_, n) => `crowd-${n}`);
  await actAs(site.knex, "setup", async (trx) => {
    const users = people.map((person) => ({ id: person, email: `${person}@example.org`, name: person }));
    await trx.batchInsert("users", users);
    const inboxes = people.map((user_id) => ({ user_id }));
    await trx.batchInsert("inboxes", inboxes);
  });
  const owner = await site.owner("inboxes");
  await owner.query("ANALYZE inboxes");
  const scanned = async (): Promise<number> => {
    await site.knex.raw("SELECT pg_stat_force_next_flush()");
    const { rows } = await site.knex.raw(
      "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'inboxes'",
    );
    return Number(rows[0].seq_tup_read);
  };
  const before = await scanned();
  const alert = await site.notify("north-1", { priority: "critical" });
  await actAs(site.knex, `worker:${alert}`, (trx) =>
    trx("notifications").where({ id: alert }).update({ next_step_at: new Date() }),
  );
  await site.escalate(alert);
  await act(site.knex, "north-1", alert, { kind: "acknowledge" });
  expect((await scanned()) - before).toBeLessThan(people.length);
  await site.close();
});
