import { afterAll, beforeAll, expect, it } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { InboxCounts } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const countsOf = async (person: { id: string }) =>
  (await server.get("/api/notifications/counts", as(person))).read(InboxCounts);

it("counts what needs the recipient, and follows what they do", async () => {
  const one = { id: "north-counted" };
  await aPerson(hospital, { ...one, territory: "north" });
  expect(await countsOf(one)).toEqual({ unacknowledged_critical: 0, unread: 0, open: 0 });
  const critical = await hospital.notify(one.id, { priority: "critical" });
  const normal = await hospital.notify(one.id);
  await hospital.notify(one.id);
  expect(await countsOf(one)).toEqual({ unacknowledged_critical: 1, unread: 3, open: 3 });

  const until = new Date(Date.now() + 3_600_000).toISOString();
  await server.post(`/api/notifications/${critical}/snooze`, { until }, as(one));
  expect(await countsOf(one)).toEqual({ unacknowledged_critical: 1, unread: 2, open: 3 });
  await server.post(`/api/notifications/${critical}/read`, {}, as(one));
  await server.post(`/api/notifications/${normal}/dismiss`, {}, as(one));
  expect(await countsOf(one)).toEqual({ unacknowledged_critical: 1, unread: 1, open: 2 });
  await server.post(`/api/notifications/${critical}/acknowledge`, {}, as(one));
  expect(await countsOf(one)).toEqual({ unacknowledged_critical: 0, unread: 1, open: 2 });
});

it("counts the own inbox alone, for a supervisor too", async () => {
  const { northBoss } = hospital.people;
  const before = await countsOf(northBoss);
  const other = { id: "north-other" };
  await aPerson(hospital, { ...other, territory: "north" });
  await hospital.notify(other.id, { priority: "critical" });
  expect(await countsOf(northBoss)).toEqual(before);
});
