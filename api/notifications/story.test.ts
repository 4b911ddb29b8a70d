import { afterAll, beforeAll, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { as, type Caller } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Story } from "./story-schema.ts";

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  await actAs(hospital.knex, "setup", async (trx) => {
    await trx("users").where({ id: "north-1" }).update({ name: "Dr North" });
    await trx("users").where({ id: "north-boss" }).update({ name: "Sister North" });
  });
  server = await startServer(hospital, {
    TEMPORAL_UI_URL: "https://temporal.example/ui/",
    TEMPORAL_NAMESPACE: "care",
  });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const boss = (): Caller => as(hospital.people.northBoss);
const clinician = (): Caller => as(hospital.people.north1);
const read = async (id: string, by: Caller) =>
  (await server.get(`/api/notifications/${id}/story`, by)).read(Story);
const alert = (): Promise<string> =>
  hospital.notify("north-1", { priority: "critical", message: "Jane Whitfield, K+ 6.8" });
const step = async (id: string): Promise<void> => {
  await hospital.takeStep(id);
};

it("says by names who was told, and which steps come when", async () => {
  const id = await alert();
  const story = await read(id, clinician());
  expect(story).toMatchObject({
    notification_id: id,
    root_id: id,
    message: "[NAME], K+ 6.8",
    recipient: { name: "Dr North" },
    territory: { territory_id: "north", name: "north" },
    supervised: false,
    told_count: 1,
    told: [{ name: "Dr North", notification_id: id, seen_at: null, acknowledged_at: null }],
    workflow: { id, url: `https://temporal.example/ui/namespaces/care/workflows/${id}` },
  });
  const [first, last] = story.steps;
  expect(first).toMatchObject({ number: 1, total: 1, whom: "supervisor", last_resort: false });
  expect(first?.people).toEqual([{ user_id: "north-boss", name: "Sister North" }]);
  expect(last).toMatchObject({ number: 2, whom: "supervisor", last_resort: true });
  expect(Date.parse(last?.at ?? "") - Date.parse(first?.at ?? "")).toBe(600_000);
  expect(story.steps).toHaveLength(2);
});

it("tells the whole story to everybody who was told, of the original and of its copies alike", async () => {
  const id = await alert();
  await step(id);
  const ofBoss = await read(id, boss());
  const copy = ofBoss.told.find(({ user_id }) => user_id === "north-boss");
  expect(ofBoss).toMatchObject({ supervised: true, told_count: 2 });
  expect(ofBoss.told.map(({ name }) => name)).toEqual(["Dr North", "Sister North"]);
  const ofCopy = await read(copy?.notification_id ?? "", boss());
  expect(ofCopy).toMatchObject({ root_id: id, recipient: { name: "Dr North" } });
  expect(ofCopy.moments).toEqual(ofBoss.moments);

  await server.post(`/api/notifications/${copy?.notification_id}/acknowledge`, { note: "I take it" }, boss());
  const after = await read(id, clinician());
  expect(after.steps).toEqual([]);
  expect(after.told).toContainEqual(
    expect.objectContaining({ name: "Sister North", note: "I take it", acknowledged_at: expect.any(String) }),
  );
  // What a colleague's acknowledgement closed is no answer of their own.
  expect(after.told.find(({ user_id }) => user_id === "north-1")?.acknowledged_at).toBeNull();
  const moments = after.moments.map(({ person, status }) => [person?.name, status]);
  expect(moments).toContainEqual(["Dr North", "escalated"]);
  expect(moments).toContainEqual(["Sister North", "acknowledged"]);
  const times = after.moments.map(({ at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

it("keeps from a colleague why one declined, what one did with the own copy, and why a channel failed", async () => {
  const id = await alert();
  await step(id);
  const copy = (await read(id, boss())).told.find(({ user_id }) => user_id === "north-boss");
  await server.post(
    `/api/notifications/${copy?.notification_id}/snooze`,
    { until: new Date(Date.now() + 3_600_000) },
    boss(),
  );
  await server.post(`/api/notifications/${copy?.notification_id}/decline`, { reason: "In theatre" }, boss());
  const [ofBoss, ofClinician] = await Promise.all([read(id, boss()), read(id, clinician())]);
  const reasonIn = (story: Story) =>
    story.told.find(({ user_id }) => user_id === "north-boss")?.decline_reason;
  expect(reasonIn(ofBoss)).toBe("In theatre");
  expect(reasonIn(ofClinician)).toBeNull();
  const statuses = (story: Story) =>
    story.moments.flatMap(({ person, status }) => (person?.user_id === "north-boss" ? [status] : []));
  expect(statuses(ofBoss)).toContain("snoozed");
  expect(statuses(ofClinician)).not.toContain("snoozed");
  expect(statuses(ofClinician)).toContain("declined");
});

it("is there for nobody else", async () => {
  const id = await alert();
  for (const caller of [as(hospital.people.north2), as(hospital.people.southBoss), as(hospital.people.admin)])
    expect((await server.get(`/api/notifications/${id}/story`, caller)).status).toBe(404);
});
