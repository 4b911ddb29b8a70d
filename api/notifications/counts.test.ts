import { afterAll, beforeAll, expect, it } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { InboxCounts, InboxPage, Notification } from "./schema.ts";

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

it("marks as unread again and brings back what was dismissed, as it was before, on record", async () => {
  const one = { id: "north-again" };
  await aPerson(hospital, { ...one, territory: "north" });
  const id = await hospital.notify(one.id);
  const act = async (name: string) =>
    (await server.post(`/api/notifications/${id}/${name}`, {}, as(one))).read(Notification);
  await act("read");
  expect(await act("unread")).toMatchObject({ status: "sent", read_at: null });
  expect(await countsOf(one)).toMatchObject({ unread: 1 });
  const seq = (await act("unread")).seq;
  expect((await act("unread")).seq).toBe(seq);

  await act("acknowledge");
  expect((await server.post(`/api/notifications/${id}/unread`, {}, as(one))).status).toBe(409);
  await act("dismiss");
  expect(await countsOf(one)).toMatchObject({ open: 0 });
  expect(await act("restore")).toMatchObject({ status: "acknowledged", dismissed_at: null });
  expect((await act("restore")).status).toBe("acknowledged");
  expect(await countsOf(one)).toMatchObject({ unread: 0, open: 1 });
  for (const name of ["unread", "restore"])
    expect(
      (await server.post(`/api/notifications/${id}/${name}`, {}, as(hospital.people.north1))).status,
    ).toBe(404);
  const events = await hospital.asOwner(
    "SELECT action, outcome FROM audit_events WHERE object_id = $1 AND action IN ('notification.unread', 'notification.restore') ORDER BY id",
    id,
  );
  expect(events.map(({ action, outcome }) => `${String(action)} ${String(outcome)}`)).toEqual([
    "notification.unread ok",
    "notification.restore ok",
    "notification.unread denied",
    "notification.restore denied",
  ]);
});

it("finds words of the redacted text in the own inbox alone, and takes signs for themselves", async () => {
  const one = { id: "north-finds" };
  await aPerson(hospital, { ...one, territory: "north" });
  const sodium = await hospital.notify(one.id, { title: "Sodium 112", message: "Call Jane Whitfield" });
  const rate = await hospital.notify(one.id, { message: "Saturation 100% at the bed" });
  await hospital.notify("north-1", { title: "Sodium 140" });
  const find = async (words: string) =>
    (await server.get(`/api/notifications?${new URLSearchParams({ q: words })}`, as(one)))
      .read(InboxPage)
      .notifications.map(({ notification_id }) => notification_id);
  expect(await find("sODIUM")).toEqual([sodium]);
  expect(await find("call [")).toEqual([sodium]);
  expect(await find("whitfield")).toEqual([]);
  expect(await find("0%")).toEqual([rate]);
  expect(await find("_%")).toEqual([]);
  for (const words of ["x", "x".repeat(101)])
    expect((await server.get(`/api/notifications?q=${words}`, as(one))).status).toBe(422);
});

it("writes nowhere what somebody searches for", async () => {
  const one = await aPerson(hospital, { id: "north-seeks", territory: "north" });
  for (const [query, by, status] of [
    ["q=Quillfeather", as(one), 200],
    ["q=Quillfeather&cursor=none", as(one), 422],
    ["q=Quillfeather&Quillfeather=x", as(one), 422],
    ["q=Quillfeather", undefined, 401],
  ] as const) {
    const answer = await server.get(`/api/notifications?${query}`, by);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  }
  const said = server.lines.filter((line) => line.includes('"/api/notifications"'));
  expect(said.length).toBeGreaterThanOrEqual(4);
  expect(server.lines.join("")).not.toContain("Quillfeather");
  expect(JSON.stringify(await hospital.asOwner("SELECT * FROM audit_events"))).not.toContain("Quillfeather");
});
