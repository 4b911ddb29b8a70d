import { afterAll, beforeAll, expect, it } from "vitest";
import { ofRecipient } from "../../activities/arrival/broadcast.ts";
import type { NotificationDto } from "../../channels/contract.ts";
import { actAs } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { LiveClient } from "../../testing/live.ts";
import { aPerson, aPolicy } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { InboxPage, Notification } from "./schema.ts";

const RECIPIENT = { id: "north-3", password: "correct horse battery" };
const NAME = "Rosa Sample";

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  await aPerson(hospital, { ...RECIPIENT, territory: "north" });
  await actAs(hospital.knex, "setup", (trx) =>
    trx("users").where({ id: hospital.people.northBoss.id }).update({ name: NAME }),
  );
  await aPolicy(hospital, {
    territory: "north",
    rules: { steps: [{ after_seconds: 1, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
  });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

/** A critical notification, and its copy for the territory's supervisor. */
async function escalated(): Promise<{ id: string; copy: string }> {
  const id = await hospital.notify(RECIPIENT.id, { priority: "critical" });
  return { id, copy: await copyOf(id) };
}

/** An alert's copy for the territory's supervisor, once its step is due. */
async function copyOf(id: string): Promise<string> {
  const copy = await until("its copy comes", async () => {
    await hospital.escalate(id);
    const [row] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
    return row?.["id"];
  });
  return String(copy);
}

const read = async (id: string, person: { id: string }): Promise<NotificationDto> =>
  (await server.get(`/api/notifications/${id}`, as(person))).read(Notification);

it("names the colleague who acknowledged a copy, wherever its recipient looks", async () => {
  const { northBoss } = hospital.people;
  const { id, copy } = await escalated();
  const person = await Person.signIn(server.url, {
    email: `${RECIPIENT.id}@tocsin.example`,
    password: RECIPIENT.password,
  });
  const live = await new LiveClient(person).connected();
  await server.post(`/api/notifications/${copy}/acknowledge`, {}, as(northBoss));
  const by = { user_id: northBoss.id, name: NAME };

  expect((await live.seesStatus(id, "acknowledged")).acknowledged_by).toEqual(by);
  await live.stop();
  expect(await read(id, RECIPIENT)).toMatchObject({ status: "acknowledged", acknowledged_by: by });
  const { notifications } = (await server.get("/api/notifications", as(RECIPIENT))).read(InboxPage);
  expect(notifications.map(({ acknowledged_by }) => acknowledged_by)).toEqual([by]);
  const again = await server.post(`/api/notifications/${id}/acknowledge`, {}, as(RECIPIENT));
  expect(again.read(Notification).acknowledged_by).toEqual(by);
  expect(await read(copy, northBoss)).toMatchObject({ status: "acknowledged", acknowledged_by: null });
});

it("brings with a copy whose alert it is, in lists and live, to people who don't supervise too", async () => {
  const { northBoss, north2 } = hospital.people;
  const { copy } = await escalated();
  const first = { user_id: RECIPIENT.id, name: RECIPIENT.id };
  const seenBy = async (person: { id: string }) =>
    (await server.get("/api/notifications", as(person)))
      .read(InboxPage)
      .notifications.find(({ notification_id }) => notification_id === copy)?.first_recipient;
  expect(await seenBy(northBoss)).toEqual(first);
  expect((await read(copy, northBoss)).first_recipient).toEqual(first);
  // A colleague who has a copy, and sees nothing else of the alert.
  const own = await hospital.owner("notifications", "inboxes");
  await own.query("UPDATE notifications SET user_id = $1 WHERE id = $2", [north2.id, copy]);
  expect(await seenBy(north2)).toEqual(first);
});

it("says who sent it, and when who is told next, to its recipient and to whoever has a copy", async () => {
  const { northBoss } = hospital.people;
  const { id, copy } = await escalated();
  const last = { person: null, role: "supervisor", topic: null, last_resort: true };
  for (const [one, person] of [
    [id, RECIPIENT],
    [copy, northBoss],
  ] as const) {
    const found = await read(one, person);
    expect(found.sender).toBe(hospital.services.north.name);
    expect(found.next_step).toMatchObject(last);
    expect(Date.parse(found.next_step?.at ?? "")).toBeGreaterThan(Date.now());
  }
  await server.post(`/api/notifications/${copy}/acknowledge`, {}, as(northBoss));
  expect((await read(id, RECIPIENT)).next_step).toBe(null);
});

it("says of a broadcast's step that its recipients don't hasten it, and of the supervisor's copy that they do", async () => {
  const { northBoss } = hospital.people;
  const id = await hospital.broadcast({ territory_id: "north", priority: "critical" });
  await hospital.page(id);
  const copy = await copyOf(id);
  const steps = [
    [ofRecipient(id, RECIPIENT.id), RECIPIENT, true],
    [copy, northBoss, false],
  ] as const;
  for (const [one, person, isOfAll] of steps) {
    expect((await read(one, person)).next_step).toMatchObject({ of_broadcast: isOfAll });
    const declined = await server.post(
      `/api/notifications/${one}/decline`,
      { reason: "In theatre" },
      as(person),
    );
    expect(declined.status).toBe(isOfAll ? 409 : 200);
  }
});

it("names a person of the territory whom a step tells, and of nobody else more than the id", async () => {
  const nextOf = async (user_id: string) => {
    const policy = await aPolicy(hospital, {
      territory: "north",
      rules: { steps: [{ after_seconds: 600, to: { user_id } }], repeat: 0, acknowledgers: 1 },
      isDefault: false,
    });
    const id = await hospital.notify(RECIPIENT.id, {
      priority: "high",
      escalation_policy_id: policy,
    });
    return (await read(id, RECIPIENT)).next_step?.person;
  };
  expect(await nextOf("north-boss")).toEqual({ user_id: "north-boss", name: NAME });
  expect(await nextOf("south-1")).toEqual({ user_id: "south-1", name: "south-1" });
});

it("shows the id of a colleague who has left the territory since", async () => {
  const { northBoss } = hospital.people;
  const { id, copy } = await escalated();
  await server.post(`/api/notifications/${copy}/acknowledge`, {}, as(northBoss));
  await actAs(hospital.knex, "setup", (trx) => trx("memberships").where({ user_id: northBoss.id }).delete());
  expect((await read(id, RECIPIENT)).acknowledged_by).toEqual({ user_id: northBoss.id, name: northBoss.id });
});
