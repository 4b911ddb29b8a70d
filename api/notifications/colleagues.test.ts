import { afterAll, beforeAll, expect, it } from "vitest";
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
  const copy = await until("its copy comes", async () => {
    await hospital.escalate(id);
    const [row] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
    return row?.["id"];
  });
  return { id, copy: String(copy) };
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

it("shows the id of a colleague who has left the territory since", async () => {
  const { northBoss } = hospital.people;
  const { id, copy } = await escalated();
  await server.post(`/api/notifications/${copy}/acknowledge`, {}, as(northBoss));
  await actAs(hospital.knex, "setup", (trx) => trx("memberships").where({ user_id: northBoss.id }).delete());
  expect((await read(id, RECIPIENT)).acknowledged_by).toEqual({ user_id: northBoss.id, name: northBoss.id });
});
