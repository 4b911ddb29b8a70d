import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Timeline } from "../deliveries/schema.ts";
import { ProblemDocument } from "../http/problem-schema.ts";
import { BulkSent, Notification, Original, Sent } from "../notifications/schema.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend, aService, aTerritory, aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Resolved } from "./schema.ts";

const TO = { user_id: "north-1", territory_id: "north" };

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

const send = (change: object, headers = {}, by = hospital.services.north) =>
  server.post("/api/notifications/send", { ...aSend(TO), ...change }, as(by), headers);
const arrives = async (change: object, headers = {}) => {
  const { notification_id } = (await send(change, headers)).read(Sent);
  await hospital.persist(notification_id);
  return notification_id;
};
const resolve = (key: string, body?: object, by = hospital.services.north) =>
  server.post(`/api/alerts/${encodeURIComponent(key)}/resolve`, body, as(by));
const seen = async (id: string, person = hospital.people.north1) =>
  (await server.get(`/api/notifications/${id}`, as(person))).read(Notification);
const faultsOf = (answer: Answer) =>
  answer.read(ProblemDocument).errors?.map(({ path, message }) => `${path} ${message}`);

describe("a dedup key", () => {
  it("counts a repeat once for an Idempotency-Key, and shows how often and when last", async () => {
    const alert = await arrives({ dedup_key: "a/7", message: "first" });
    const again = { "Idempotency-Key": "repeat-1" };
    const repeat = await arrives({ dedup_key: "a/7", message: "second" }, again);
    expect(await arrives({ dedup_key: "a/7", message: "second" }, again)).toBe(repeat);
    expect(await seen(alert)).toMatchObject({ times: 2, message: "second", last_at: expect.any(String) });
    expect((await server.get(`/api/notifications/${repeat}`, as(hospital.people.north1))).status).toBe(404);
  });

  it("lets those who have the alert reveal the text that it shows, and its sender follow the repeat", async () => {
    const alert = await arrives({ dedup_key: "b", message: "Jane Roe, bed 1" });
    const repeat = await arrives({ dedup_key: "b", message: "Jane Roe, bed 2", metadata: { order: "2" } });
    const revealed = await server.post(`/api/notifications/${alert}/reveal`, {}, as(hospital.people.north1));
    expect(revealed.read(Original)).toMatchObject({ message: "Jane Roe, bed 2", metadata: { order: "2" } });
    const { joined, deliveries, metadata, events } = (
      await server.get(`/api/notifications/${repeat}/deliveries`, as(hospital.services.north))
    ).read(Timeline);
    expect({ joined, metadata }).toEqual({ joined: alert, metadata: { order: "2" } });
    expect(deliveries.map(({ notification_id }) => notification_id)).toEqual([alert]);
    expect(events.map(({ status }) => status)).toContain("repeated");
    const cancelled = await server.post(
      `/api/notifications/${repeat}/cancel`,
      {},
      as(hospital.services.north),
    );
    expect(cancelled.status).toBe(409);
    for (const who of [hospital.people.south1, hospital.people.north2])
      expect((await server.post(`/api/notifications/${alert}/reveal`, {}, as(who))).status).toBe(404);
  });

  it("is taken in bulk, redacted like everything, and written nowhere", async () => {
    const key = "MRN-8844221";
    const items = ["one", "two"].map((message) => ({ ...aSend(TO), message, dedup_key: key }));
    const sent = await server.post(
      "/api/notifications/send-bulk",
      { notifications: items },
      as(hospital.services.north),
    );
    const ids = sent
      .read(BulkSent)
      .results.map((one) => ("notification_id" in one ? one.notification_id : ""));
    for (const id of ids) await hospital.persist(id);
    expect(await seen(String(ids[0]))).toMatchObject({ times: 2 });
    await resolve(key);
    const rows = await hospital.asOwner(
      `SELECT FROM sends WHERE to_jsonb(sends)::text LIKE '%8844221%'
       UNION ALL SELECT FROM notifications WHERE to_jsonb(notifications)::text LIKE '%8844221%'
       UNION ALL SELECT FROM audit_events WHERE to_jsonb(audit_events)::text LIKE '%8844221%'`,
    );
    expect(rows).toEqual([]);
    expect(server.lines.join("")).not.toContain("8844221");
  });

  it.each(["", "..", "with space", "x".repeat(201)])("is not %j", async (dedup_key) => {
    expect((await send({ dedup_key })).status).toBe(422);
  });

  it("is none of a broadcast's, nor is replacing", async () => {
    const body = { territory_id: "north", message: "x", dedup_key: "c", replaces: crypto.randomUUID() };
    const answer = await server.post("/api/notifications/broadcast", body, as(hospital.services.north));
    expect(answer.status).toBe(422);
    expect(faultsOf(answer)).toEqual([
      "/dedup_key is for a send to one person, not for a broadcast",
      "/replaces is for a send to one person, not for a broadcast",
    ]);
  });
});

describe("POST /api/alerts/{dedup_key}/resolve", () => {
  it("shows who resolved it, keeps who acknowledged, and is the same again", async () => {
    const alert = await arrives({ dedup_key: "d/1", priority: "critical" });
    const first = await resolve("d/1");
    expect(first.read(Resolved).alerts).toMatchObject([{ notification_id: alert, territory_id: "north" }]);
    const told = await server.post(`/api/notifications/${alert}/acknowledge`, {}, as(hospital.people.north1));
    expect(told.read(Notification)).toMatchObject({ status: "acknowledged", resolved_by: "north" });
    expect((await resolve("d/1", { territory_id: "north" })).body).toEqual(first.body);
  });

  it("keeps an acknowledgement from before, and when it was", async () => {
    const alert = await arrives({ dedup_key: "d/before", priority: "critical" });
    const told = await server.post(`/api/notifications/${alert}/acknowledge`, {}, as(hospital.people.north1));
    expect(told.status).toBe(200);
    const stands = () =>
      hospital.asOwner("SELECT status, acknowledged_at FROM notifications WHERE id = $1", alert);
    const before = await stands();
    expect(before).toEqual([{ status: "acknowledged", acknowledged_at: expect.any(Date) }]);
    expect((await resolve("d/before")).status).toBe(200);
    expect(await seen(alert)).toMatchObject({ resolved_by: "north" });
    expect(await stands()).toEqual(before);
  });

  it("looks once for what a key of many territories sent", async () => {
    const territories = await Promise.all(Array.from({ length: 5 }, () => aTerritory(hospital)));
    const many = await aService(hospital, { territories: ["north", ...territories] });
    const asked: unknown[] = [];
    const note = (step: unknown): void => void asked.push(step);
    subscribe("tocsin:transition", note);
    onTestFinished(() => void unsubscribe("tocsin:transition", note));
    const resolves = () =>
      asked.filter(
        (step) => JSON.stringify(step).includes('"resolve"') && JSON.stringify(step).includes('"begin"'),
      );
    expect((await resolve("m/1", {}, many)).status).toBe(404);
    expect(resolves()).toHaveLength(0);
    await send({ dedup_key: "m/1" }, {}, many);
    expect((await resolve("m/1", {}, many)).read(Resolved).alerts).toHaveLength(1);
    expect(resolves()).toHaveLength(1);
  });

  it("a hundred times at once, against acknowledgements, loses nobody who acknowledged, and answers each the same", async () => {
    const alert = await arrives({ dedup_key: "d/2", priority: "critical" });
    const acknowledge = () =>
      server.post(`/api/notifications/${alert}/acknowledge`, {}, as(hospital.people.north1));
    const [told, ...answers] = await Promise.all([
      acknowledge(),
      ...Array.from({ length: 100 }, () => resolve("d/2")),
    ]);
    expect(told.status).toBe(200);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.read(Resolved).alerts).toMatchObject([{ notification_id: alert }]);
    expect(await seen(alert)).toMatchObject({ status: "acknowledged", resolved_by: "north" });
  });

  it("finds what is another service's, or in a territory outside the key, no more than what was never sent", async () => {
    const alert = await arrives({ dedup_key: "e" });
    const other = await aService(hospital, { territories: ["north"] });
    const answers = [
      await resolve("e", {}, other),
      await resolve("e", {}, hospital.services.south),
      await resolve("e", { territory_id: "south" }),
      await resolve("never"),
      await resolve("a b"),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect(await seen(alert)).toMatchObject({ resolved_at: null });
  });

  it("has few of a key's 404s on record, with how many there were", async () => {
    const by = await aService(hospital, { territories: ["north"] });
    for (let count = 0; count < 12; count++)
      expect((await resolve(`none-${count}`, {}, by)).status).toBe(404);
    const events = await hospital.asOwner(
      "SELECT outcome, payload FROM audit_events WHERE actor = $1 AND action = 'notification.resolve' ORDER BY id",
      `service:${by.id}`,
    );
    expect(events).toEqual(
      [1, 10].map((misses) => ({
        outcome: "denied",
        payload: { status: 404, problem: "not-found", misses },
      })),
    );
  });

  it("ends a key's problem in one territory, or in all of the key's", async () => {
    const east = await aTerritory(hospital);
    const person = await aPerson(hospital, { territory: east });
    const both = await aService(hospital, { territories: ["north", east] });
    const to = { user_id: person.id, territory_id: east };
    const ids = await Promise.all(
      [TO, to].map(async (where) => {
        const { notification_id } = (await send({ ...where, dedup_key: "f" }, {}, both)).read(Sent);
        await hospital.persist(notification_id);
        return notification_id;
      }),
    );
    expect((await resolve("f", { territory_id: east }, both)).read(Resolved).alerts).toHaveLength(1);
    expect(await seen(String(ids[0]))).toMatchObject({ resolved_at: null });
    expect((await resolve("f", {}, both)).read(Resolved).alerts).toHaveLength(2);
    expect(await seen(String(ids[0]))).toMatchObject({ resolved_by: both.name });
  });
});

describe("one person's calls", () => {
  const south = () => as(hospital.people.south1);

  it("put a notification off so often in an hour, and its timeline comes by pages", async () => {
    const id = await hospital.notify("south-1");
    const off = (minutes: number) => {
      const until = new Date(Date.now() + minutes * 60_000).toISOString();
      return server.post(`/api/notifications/${id}/snooze`, { until }, south());
    };
    const statuses = [];
    for (let minutes = 1; minutes <= 31; minutes++) statuses.push((await off(minutes)).status);
    expect(statuses).toEqual([...Array(30).fill(200), 429]);
    const owner = await hospital.owner("delivery_events");
    await owner.query(
      "INSERT INTO delivery_events (notification_id, user_id, territory_id, status, attempt) SELECT $1, 'south-1', 'south', 'snoozed', n FROM generate_series(1, 1500) AS n",
      [id],
    );
    const page = async (query = "") =>
      (await server.get(`/api/notifications/${id}/deliveries${query}`, south())).read(Timeline);
    const newest = await page();
    expect(newest.events).toHaveLength(1_000);
    expect(newest.events.at(-1)).toMatchObject({ attempt: 1_500 });
    const before = await page(`?cursor=${newest.earlier}`);
    expect(before.events.at(-1)).toMatchObject({ attempt: 500 });
    expect(before.earlier).toBeUndefined();
    expect((await server.get(`/api/notifications/${id}/deliveries?cursor=x`, south())).status).toBe(422);
  });

  it("are held up where too many of them are refused, but for what they do with their inbox, and put no more of that on record", async () => {
    const person = await aPerson(hospital, { id: "north-often", territory: "north" });
    const denied = async () =>
      await hospital.asOwner(
        "SELECT action FROM audit_events WHERE actor = $1 AND outcome = 'denied' ORDER BY id",
        `user:${person.id}`,
      );
    const seventy = async (call: () => Promise<{ status: number }>): Promise<number[]> => {
      const statuses = [];
      for (let count = 0; count < 70; count++) statuses.push((await call()).status);
      return statuses;
    };
    const dismissed = await seventy(() =>
      server.post(`/api/notifications/${randomUUID()}/dismiss`, {}, as(person)),
    );
    expect(new Set(dismissed)).toEqual(new Set([404]));
    const asked = await seventy(() => server.get("/api/users", as(person)));
    expect(asked.filter((status) => status === 429)).toHaveLength(10);
    const actions = (await denied()).map(({ action }) => action);
    expect(actions.filter((action) => action === "notification.dismiss")).toHaveLength(60);
    expect(actions.filter((action) => action === "admin.refuse")).toHaveLength(60);
    expect(actions.filter((action) => action === "session.throttle")).toHaveLength(1);
    // Their own alerts are theirs to answer all the while.
    const id = await hospital.notify(person.id);
    expect((await server.post(`/api/notifications/${id}/acknowledge`, {}, as(person))).status).toBe(200);
  });
});
