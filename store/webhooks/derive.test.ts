import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { readAllTimelines, readTimelines } from "../../testing/timelines.ts";
import { actAs } from "../db/knex.ts";
import { act } from "../transitions/act.ts";
import { cancel } from "../transitions/withdraw.ts";
import { receive } from "../transitions/receive.ts";
import { resolve } from "../transitions/resolve.ts";
import { openFeed, readFeed } from "./feed.ts";
import { pruneEvents } from "./prune.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

const round = (batch?: number): Promise<void> => readTimelines(hospital.knex, batch);
const deriveAll = (): Promise<true> => readAllTimelines(hospital.knex);

/** What a service hears, with the territories of its key. */
async function heard(name: "north" | "south", after = 0, territories: string[] = [name]) {
  const service = { serviceId: hospital.services[name].id, territories: new Set(territories) };
  return await readFeed(hospital.knex, service, after, 200);
}
const newestOf = async (name: "north" | "south"): Promise<number> => (await heard(name)).next;

it("tells a service what became of its own notifications, in order, once each", async () => {
  for (const { id } of Object.values(hospital.services)) await openFeed(hospital.knex, id);
  await deriveAll();
  const after = await newestOf("north");
  const id = await hospital.notify("north-1", { priority: "critical" });
  const seq = Number((await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", id))[0]?.["seq"]);
  await receive(hospital.knex, "north-1", { after: seq - 1, to: seq }, { after: seq - 1, to: seq });
  await act(hospital.knex, "north-1", id, { kind: "decline", reason: "In theatre" });
  await hospital.escalate(id);
  await act(hospital.knex, "north-boss", await copyOf(id), { kind: "acknowledge", note: "Potassium 6.8" });
  await round(1);
  await deriveAll();
  const { events, gap } = await heard("north", after);
  expect(gap).toBe(false);
  expect(
    events.map(({ type, user_id, reason }) => [type.replace("notification.", ""), user_id, reason]),
  ).toEqual([
    ["delivered", "north-1", null],
    ["seen", "north-1", null],
    ["declined", "north-1", null],
    ["escalated", "north-1", "to_supervisor"],
    ["exhausted", "north-1", "to_supervisor"],
    ["acknowledged", "north-boss", null],
    ["acknowledged", "north-1", "by_colleague"],
  ]);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, place) => after + place + 1));
  for (const event of events) expect(event).toMatchObject({ root_id: id, send_id: id });
  // Ids, codes and times: none of the words of sender or people.
  expect(JSON.stringify(events)).not.toMatch(/Potassium|theatre|\b6\.8\b/);
  expect((await heard("south")).events).toEqual([]);
});

async function copyOf(id: string): Promise<string> {
  const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
  return String(must(copy, "copy")["id"]);
}

it("tells what became of a digest to whoever sent its items", async () => {
  for (const { id } of Object.values(hospital.services)) await openFeed(hospital.knex, id);
  await deriveAll();
  const after = await newestOf("north");
  const grouping = { order_update: { digest: { window: 5 } } };
  const setUp = (settings: object) =>
    actAs(hospital.knex, "user:admin", (trx) =>
      trx("territories").where({ id: "north" }).update({ settings }),
    );
  await setUp({ grouping });
  const [a, b] = [
    await hospital.notify("north-2", { category: "order_update" }),
    await hospital.notify("north-2", { category: "order_update" }),
  ];
  await setUp({});
  const rowOf = async (id: string) =>
    (await hospital.asOwner("SELECT digest, seq::int FROM notifications WHERE id = $1", id))[0];
  const digest = String((await rowOf(a))?.["digest"]);
  await actAs(hospital.knex, `worker:${digest}`, (trx) =>
    trx("sends")
      .where({ id: digest })
      .update({ send_at: new Date(0) }),
  );
  await hospital.persist(digest);
  const seq = Number((await rowOf(digest))?.["seq"]);
  await receive(hospital.knex, "north-2", { after: seq - 1, to: seq }, { after: seq - 1, to: seq });
  await deriveAll();
  const { events } = await heard("north", after);
  const told = events.map(({ type, notification_id, root_id, send_id }) => [
    type,
    notification_id,
    root_id,
    send_id,
  ]);
  const of = (type: string) => [a, b].toSorted().map((id) => [`notification.${type}`, id, id, id]);
  expect(told).toEqual([...of("delivered"), ...of("seen")]);
});

it("says once that the rules are used up", async () => {
  const after = await newestOf("north");
  const id = await hospital.notify("north-2", { priority: "critical" });
  const owner = await hospital.owner("notifications");
  for (let step = 0; step < 3; step += 1) {
    await owner.query("UPDATE notifications SET next_step_at = now() WHERE id = $1", [id]);
    await hospital.escalate(id);
    await deriveAll();
  }
  const { events } = await heard("north", after);
  const steps = events.filter(({ root_id }) => root_id === id).map(({ type, step }) => [type, step]);
  expect(steps.filter(([type]) => type === "notification.exhausted")).toHaveLength(1);
  expect(steps.filter(([type]) => type === "notification.escalated").length).toBeGreaterThan(1);
});

it("tells that a problem was resolved, of the alert and of each copy", async () => {
  const after = await newestOf("north");
  const id = await hospital.notify("north-1", { priority: "critical", dedup_key: "freezer-7" });
  const owner = await hospital.owner("notifications", "sends");
  await owner.query("UPDATE notifications SET next_step_at = now() WHERE id = $1", [id]);
  await hospital.escalate(id);
  const { rows } = await owner.query("SELECT dedup_hash FROM sends WHERE id = $1", [id]);
  await resolve(hospital.knex, hospital.services.north.id, rows[0].dedup_hash);
  await deriveAll();
  const resolved = (await heard("north", after)).events.filter(
    ({ type }) => type === "notification.resolved",
  );
  expect(
    resolved.map(({ notification_id, root_id, user_id }) => [notification_id, root_id, user_id]),
  ).toEqual([
    [id, id, "north-1"],
    [await copyOf(id), id, "north-boss"],
  ]);
});

it("passes over nothing whose transaction ends after that of a later event", async () => {
  const after = await newestOf("north");
  const slow = await hospital.notify("north-1");
  const fast = await hospital.notify("north-2");
  const trx = await hospital.knex.transaction();
  onTestFinished(async () => {
    if (!trx.isCompleted()) await trx.rollback();
  });
  // Its number is drawn, and nobody sees it yet.
  await cancel(trx, hospital.services.north.id, slow);
  await cancel(hospital.knex, hospital.services.north.id, fast);
  await round();
  expect((await heard("north", after)).events).toEqual([]);
  await trx.commit();
  await deriveAll();
  const { events } = await heard("north", after);
  expect(events.map(({ type, notification_id }) => [type, notification_id])).toEqual([
    ["notification.cancelled", slow],
    ["notification.cancelled", fast],
  ]);
});

it("nodes that read side by side write each event once", async () => {
  const after = await newestOf("north");
  const ids = [];
  for (let count = 0; count < 20; count += 1) ids.push(await hospital.notify("north-1"));
  for (const id of ids) await cancel(hospital.knex, hospital.services.north.id, id);
  while ((await heard("north", after)).events.length < ids.length)
    await Promise.all(Array.from({ length: 4 }, () => round(3)));
  const { events } = await heard("north", after);
  expect(events.map((event) => event.notification_id)).toEqual(ids);
  expect(events.map((event) => event.seq)).toEqual(ids.map((_, place) => after + place + 1));
});

it("a key hears of its own territories alone, and a service without a key of nothing", async () => {
  const after = await newestOf("north");
  const id = await hospital.notify("north-1");
  await cancel(hospital.knex, hospital.services.north.id, id);
  await deriveAll();
  expect((await heard("north", after, ["south"])).events).toEqual([]);
  expect((await heard("north", after)).events).toHaveLength(1);
  const other = await hospital.notify("north-2");

  const owner = await hospital.owner("service_keys");
  await owner.query("UPDATE service_keys SET revoked_at = now() WHERE id = $1", [
    hospital.services.north.keyId,
  ]);
  onTestFinished(async () => {
    await owner.query("UPDATE service_keys SET revoked_at = NULL WHERE id = $1", [
      hospital.services.north.keyId,
    ]);
  });
  const next = await newestOf("north");
  expect((await heard("north", after)).events).toEqual([]);
  await cancel(hospital.knex, hospital.services.north.id, other);
  await deriveAll();
  expect(await newestOf("north")).toBe(next);
});

it("a feed that nobody has asked for a week has ended, and says so when it begins anew", async () => {
  const { id } = hospital.services.south;
  const owner = await hospital.owner("event_feeds");
  const before = await newestOf("south");
  await owner.query("UPDATE event_feeds SET asked_at = now() - interval '8 days' WHERE service_id = $1", [
    id,
  ]);
  const missed = await hospital.notify("south-1");
  await cancel(hospital.knex, id, missed);
  await deriveAll();
  await openFeed(hospital.knex, id);
  expect(await heard("south", before)).toMatchObject({ events: [], gap: true });
  const next = await newestOf("south");
  const told = await hospital.notify("south-1");
  await cancel(hospital.knex, id, told);
  await deriveAll();
  expect(await heard("south", next)).toMatchObject({ events: [{ notification_id: told }], gap: false });
});

it("old events go, and whoever asks for them is told", async () => {
  const owner = await hospital.owner("service_events");
  const newest = await newestOf("north");
  await owner.query(
    "UPDATE service_events SET created_at = now() - interval '31 days' WHERE service_id = $1 AND seq < $2",
    [hospital.services.north.id, newest],
  );
  while (await pruneEvents(hospital.knex, 30, 5));
  const { events, gap } = await heard("north");
  expect(gap).toBe(true);
  expect(events.map(({ seq }) => seq)).toEqual([newest]);
  expect(await heard("north", newest - 1)).toMatchObject({ gap: false });
});

it("nobody but the service and admins sees an event under the program's login", async () => {
  const count = async (actor: string): Promise<number> => {
    const trx = await hospital.knex.transaction();
    await trx.raw("SELECT set_config('app.actor', ?, true)", [actor]);
    const { rows } = await trx.raw("SELECT count(*) AS n FROM service_events");
    await trx.rollback();
    return Number(rows[0].n);
  };
  expect(await count(`service:${hospital.services.north.id}`)).toBeGreaterThan(0);
  expect(await count("user:admin")).toBeGreaterThan(0);
  for (const actor of [
    "user:north-1",
    "user:north-boss",
    "user:auditor",
    `service:${uuidv7()}`,
    "relay",
    "sign-in",
    "",
  ])
    expect([actor, await count(actor)]).toEqual([actor, 0]);
});

it("a gap that a restore left is not closed by removing older events", async () => {
  const newest = await newestOf("north");
  const owner = await hospital.owner("event_feeds", "service_events");
  // As a restore does: numbers go on ahead of any that a service may have seen.
  await owner.query("UPDATE event_feeds SET seq = seq + 1000, dropped = seq + 1000 WHERE service_id = $1", [
    hospital.services.north.id,
  ]);
  await owner.query(
    "UPDATE service_events SET created_at = created_at - interval '31 days' WHERE service_id = $1",
    [hospital.services.north.id],
  );
  while (await pruneEvents(hospital.knex));
  expect(await heard("north", newest + 10)).toMatchObject({ gap: true, next: newest + 1_000 });
});
