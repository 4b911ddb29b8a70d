import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SendBody } from "../../api/notifications/schema.ts";
import { planStep } from "../../activities/step.ts";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { meanwhile } from "../../testing/locks.ts";
import { aContactPoint, aPerson } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { findAlertsLeft, findDepartures, forgetDeparture } from "../notifications/departures.ts";
import { act } from "./act.ts";
import { claim, settle } from "./claim.ts";
import { depart } from "./depart.ts";
import { escalate, stepTargets, tellPeople } from "./escalate.ts";

const HOUR = 3_600;
const territory = "north";
let hospital: Hospital;
let id: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["one", "two"]) await aPerson(hospital, { id: person, territory });
});
beforeEach(async () => {
  for (const person of ["north-1", "north-2", "one", "two"]) await disable(person, null);
  for (const departure of await findDepartures(hospital.knex))
    await forgetDeparture(hospital.knex, departure);
});
afterAll(() => hospital.close());

const disable = (person: string, at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at: at }));
const change = (to: Record<string, unknown>) =>
  actAs(hospital.knex, `worker:${id}`, (trx) => trx("notifications").where({ id }).update(to));

/** Sends an alert whose steps, an hour after each other, tell these people by their roles, topics or names. */
async function alert(to: object[], more: object = {}, body: Partial<SendBody> = {}): Promise<void> {
  id = await hospital.notify("north-1", { priority: "critical", ...body });
  const steps = to.map((whom) => ({ after_seconds: HOUR, to: whom }));
  const escalation = JSON.stringify({ steps, repeat: 0, acknowledgers: 1, ...more });
  await change({ escalation, next_step_at: new Date(Date.now() + HOUR * 1_000) });
}
const step = () => hospital.takeStep(id);
/** Looks after the alerts of those who have left, as the relay does; answers whether this one has something to do. */
async function look(): Promise<boolean> {
  const due: string[] = [];
  for (const departure of await findDepartures(hospital.knex)) {
    for (const left of await findAlertsLeft(hospital.knex, departure))
      if (await depart(hospital.knex, left.id, left.person)) due.push(left.id);
    await forgetDeparture(hospital.knex, departure);
  }
  return due.includes(id);
}
const isDue = async (): Promise<boolean> => {
  const [row] = await hospital.asOwner(
    "SELECT next_step_at <= now() AS due FROM notifications WHERE id = $1",
    id,
  );
  return must(row, "alert")["due"] === true;
};
const people = async (): Promise<unknown[]> =>
  (
    await hospital.asOwner("SELECT user_id FROM notifications WHERE escalated_from = $1 ORDER BY user_id", id)
  ).map(({ user_id }) => user_id);
const copyOf = async (person: string): Promise<string> => {
  const [row] = await hospital.asOwner(
    "SELECT id FROM notifications WHERE escalated_from = $1 AND user_id = $2",
    id,
    person,
  );
  return String(must(row, "copy")["id"]);
};
const ONE = { user_id: "one" };
const TWO = { user_id: "two" };
const CLINICIANS = { role: "clinician" };

describe("the next step is due at once where, after a step was taken,", () => {
  it("its only person is disabled", async () => {
    await alert([ONE, TWO]);
    await step();
    await disable("one", new Date());
    expect(await isDue()).toBe(false);
    expect(await look()).toBe(true);
    expect(await isDue()).toBe(true);
    await hospital.escalate(id);
    expect(await people()).toEqual(["one", "two"]);
  });

  it("its only person leaves the territory", async () => {
    await aPerson(hospital, { id: "leaver", territory });
    await alert([{ user_id: "leaver" }, TWO]);
    await step();
    await actAs(hospital.knex, "user:admin", (trx) =>
      trx("memberships").where({ user_id: "leaver" }).delete(),
    );
    expect(await look()).toBe(true);
    expect(await isDue()).toBe(true);
  });

  it("the last of its people is disabled, and not before", async () => {
    await alert([CLINICIANS, TWO]);
    await step();
    for (const person of ["north-2", "one", "two"]) await disable(person, new Date());
    expect(await look()).toBe(false);
    await disable("north-1", new Date());
    expect(await look()).toBe(true);
    expect(await isDue()).toBe(true);
  });

  it("who is left of them has declined", async () => {
    await alert([CLINICIANS, TWO, TWO]);
    await step();
    for (const person of ["north-2", "two"]) await disable(person, new Date());
    await act(hospital.knex, "north-1", id, { kind: "decline", reason: "In theatre" });
    await change({ next_step_at: new Date(Date.now() + HOUR * 1_000) });
    await disable("one", new Date());
    await look();
    expect(await isDue()).toBe(true);
  });

  it("who is left of them has acknowledged, where others have to as well", async () => {
    await alert([CLINICIANS, TWO], { acknowledgers: 2 });
    await step();
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    for (const person of ["north-2", "one", "two"]) await disable(person, new Date());
    await look();
    expect(await isDue()).toBe(true);
  });

  it("its only person is disabled while it is taken, which has seen them there", async () => {
    await alert([ONE, TWO]);
    await change({ next_step_at: new Date() });
    const due = must(await stepTargets(hospital.knex, id), "step");
    const arrivals = planStep(id, due, ["websocket", "email"]);
    await tellPeople(hospital.knex, id, due.number, arrivals);
    await meanwhile(
      hospital,
      async (trx) => {
        await escalate(trx, id, {
          ...{ number: due.number, whom: "person", told: arrivals.map((one) => one.id), absent: [] },
          ...{ gap: false, nextSeconds: HOUR, exhausted: false },
        });
        await disable("one", new Date());
      },
      async () => {
        const [departure] = await findDepartures(hospital.knex);
        await depart(hospital.knex, id, "one");
        await forgetDeparture(hospital.knex, must(departure, "departure"));
      },
    );
    expect(await isDue()).toBe(true);
  });

  it("its only person is disabled, and an attempt has found that before", async () => {
    await aContactPoint(hospital, { person: "one", channel: "email", address: "one@tocsin.example" });
    await alert([ONE, TWO]);
    await step();
    await disable("one", new Date());
    const copy = await copyOf("one");
    const ways = await hospital.asOwner("SELECT id FROM deliveries WHERE notification_id = $1", copy);
    for (const way of ways)
      expect(await claim(hospital.knex, copy, String(way["id"]), [])).toMatchObject({ status: "skipped" });
    expect(await look()).toBe(true);
  });
});

it("the first step is due at once where the recipient, whom an open page has told, is disabled", async () => {
  await alert([TWO]);
  const [live] = await hospital.asOwner(
    "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'websocket'",
    id,
  );
  const claimed = await claim(hospital.knex, id, String(must(live, "delivery")["id"]), []);
  if ("status" in claimed) throw new Error("not claimed");
  await settle(hospital.knex, claimed, { status: "delivered", reason: null });
  await disable("north-1", new Date());
  expect(await look()).toBe(true);
  expect(await isDue()).toBe(true);
});

it("whoever covered somebody leaves: those have their own channels back, and their time", async () => {
  for (const person of ["north-1", "north-2"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@north.example` });
  await actAs(hospital.knex, "user:north-1", (trx) =>
    trx("availability").insert({
      ...{ user_id: "north-1", status: "away", delegate_id: "north-2", instead: true },
      until: trx.raw("clock_timestamp() + interval '1 hour'"),
    }),
  );
  await alert([TWO], {}, { priority: "high" });
  await actAs(hospital.knex, "user:north-1", (trx) =>
    trx("availability").where({ user_id: "north-1" }).delete(),
  );
  const email = () =>
    hospital.asOwner(
      "SELECT status, reason FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
      id,
    );
  expect(await email()).toEqual([{ status: "skipped", reason: "covered" }]);
  await disable("north-2", new Date());
  expect(await look()).toBe(true);
  expect(await email()).toEqual([{ status: "queued", reason: null }]);
  expect(await isDue()).toBe(false);
});

describe("the next step keeps its time where", () => {
  it("who leaves was told by an earlier step alone", async () => {
    await alert([ONE, TWO, ONE]);
    await step();
    await step();
    await disable("one", new Date());
    expect(await look()).toBe(false);
    expect(await isDue()).toBe(false);
  });

  it("who leaves has acknowledged, and nobody else of the step was left before either", async () => {
    await alert([ONE, TWO], { acknowledgers: 2 });
    await step();
    await act(hospital.knex, "one", await copyOf("one"), { kind: "acknowledge" });
    await disable("one", new Date());
    expect(await look()).toBe(false);
    expect(await isDue()).toBe(false);
  });

  it("who left is back before anybody has looked", async () => {
    await alert([ONE, TWO]);
    await step();
    await disable("one", new Date());
    await disable("one", null);
    expect(await look()).toBe(false);
    expect(await isDue()).toBe(false);
  });

  it("the alert was acknowledged", async () => {
    await alert([ONE, TWO]);
    await step();
    await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
    await disable("one", new Date());
    expect(await look()).toBe(false);
  });
});
