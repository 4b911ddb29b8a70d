import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { claim, settle } from "../../store/transitions/claim.ts";
import { expire } from "../../store/transitions/withdraw.ts";
import { actAs } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson, aPolicy, aWish } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { DigestItem, InboxPage, Original } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
/** Each test has a team of its own: two people of a topic. */
let team: [string, string];
let topic: string;
let count = 0;

const Sent = z.object({ broadcast_id: z.uuid() });

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  server = await startServer(hospital);
});
beforeEach(async () => {
  topic = `team-${(count += 1)}`;
  team = [`north-a-${count}`, `north-b-${count}`];
  for (const id of team) await aPerson(hospital, { id, territory: "north" });
  await group({ digest: { window: 15, by: "ward" } });
  const made = { territory_id: "north", topic, name: "Team", members: team };
  expect((await server.post("/api/topics", made, as(hospital.people.northBoss))).status).toBe(201);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const group = (order_update: object) =>
  actAs(hospital.knex, "user:admin", (trx) =>
    trx("territories")
      .where({ id: "north" })
      .update({ settings: { grouping: { order_update } } }),
  );
const north = () => as(hospital.services.north);
/** Sends something to the topic, and has its people get it. */
async function toTopic(message: string, more: object = {}): Promise<string> {
  const body = { territory_id: "north", to: { topic }, category: "order_update", message, ...more };
  const { broadcast_id } = (await server.post("/api/notifications/send", body, north())).read(Sent);
  await hospital.page(broadcast_id);
  return broadcast_id;
}
const toOne = (userId: string, message: string) =>
  hospital.notify(userId, { category: "order_update", message });
const partOf = async (broadcast: string, userId: string) => {
  const [row] = await hospital.asOwner(
    "SELECT id, digest, status FROM notifications WHERE send_id = $1 AND user_id = $2",
    broadcast,
    userId,
  );
  return { id: String(row?.["id"]), digest: row?.["digest"], status: row?.["status"] };
};
const inboxOf = async (id: string) =>
  (await server.get("/api/notifications", as({ id }))).read(InboxPage).notifications;
const textsOf = async (id: string) =>
  (await inboxOf(id)).map(({ items, message }) =>
    items === null
      ? message
      : DigestItem.array()
          .parse(items)
          .map((item) => item.message),
  );
const progressOf = async (id: string) => (await server.get(`/api/broadcasts/${id}`, north())).body;
/** Has a digest's window end now. */
async function ends(digest: unknown): Promise<void> {
  await actAs(hospital.knex, `worker:${String(digest)}`, (trx) =>
    trx("sends")
      .where({ id: digest })
      .update({ send_at: trx.raw("clock_timestamp()") }),
  );
  await hospital.persist(String(digest));
}

describe("what goes to a topic, or to everybody, in a category that is grouped", () => {
  it("comes to each in the digest in which single sends come, once", async () => {
    const [a, b] = team;
    const single = await toOne(a, "one");
    const id = await toTopic("two");
    // A page that was interrupted is written again.
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("sends").where({ id }).update({ status: "accepted" }),
    );
    await hospital.page(id);
    const [theirs, others] = [await partOf(id, a), await partOf(id, b)];
    expect(theirs.digest).toBe((await partOf(single, a)).digest);
    expect(others.digest).not.toBe(theirs.digest);
    expect([await inboxOf(a), await inboxOf(b)]).toEqual([[], []]);
    expect(await progressOf(id)).toMatchObject({ status: "completed", recipients: 2, persisted: 2 });
    expect(
      await hospital.asOwner(
        "SELECT action, payload->>'digest' AS digest FROM audit_events WHERE object_id = $1",
        theirs.id,
      ),
    ).toEqual([{ action: "notification.persist", digest: theirs.digest }]);
    expect(await hospital.asOwner("SELECT FROM deliveries WHERE user_id = ANY ($1)", team)).toEqual([]);

    await ends(theirs.digest);
    await ends(others.digest);
    expect([await textsOf(a), await textsOf(b)]).toEqual([[["one", "two"]], [["two"]]]);
    const seen = await server.post(`/api/notifications/${String(theirs.digest)}/read`, {}, as({ id: a }));
    expect(seen.status).toBe(200);
    expect(await partOf(id, a)).toMatchObject({ status: "read" });
  });

  it("is for each value by which it groups, and for each person by their own wish", async () => {
    const [a, b] = team;
    await group({ throttle: 1, digest: { window: 15, by: "ward" } });
    await aWish(hospital, b, { digests: { order_update: 30 } });
    const first = await toTopic("first", { metadata: { ward: "7" } });
    expect((await partOf(first, a)).digest).toBeNull();
    const theirs = await partOf(first, b);
    expect(theirs.digest).not.toBeNull();
    const [send] = await hospital.asOwner(
      "SELECT send_at - created_at > interval '29 minutes' AS long FROM sends WHERE id = $1",
      theirs.digest,
    );
    expect(send).toEqual({ long: true });
    const again = await partOf(await toTopic("again", { metadata: { ward: "7" } }), b);
    const elsewhere = await partOf(await toTopic("elsewhere", { metadata: { ward: "8" } }), b);
    expect(again.digest).toBe(theirs.digest);
    expect(elsewhere.digest).not.toBe(theirs.digest);
    expect(await textsOf(a)).toEqual(["first"]);
  });

  it("is put into digests by several at once, in whatever order they name people", async () => {
    const sent = [];
    for (let n = 0; n < 6; n += 1)
      sent.push(
        await hospital.broadcast({
          territory_id: "north",
          more: { category: "order_update", message: `no. ${n}` },
        }),
      );
    await Promise.all([...sent.map((id) => hospital.page(id)), ...team.map((id) => toOne(id, "alone"))]);
    for (const person of team) {
      const digests = await Promise.all(sent.map((id) => partOf(id, person)));
      expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1);
      await ends(digests[0]?.digest);
      const [items] = await textsOf(person);
      expect([items].flat().toSorted()).toEqual(["alone", ...sent.map((_, n) => `no. ${n}`)]);
    }
  });

  it("comes to whoever covers somebody in a copy of the digest, and its original is read there", async () => {
    const [away, delegate] = [team[0], `north-delegate-${count}`];
    await aPerson(hospital, { id: delegate, territory: "north" });
    await actAs(hospital.knex, `user:${away}`, (trx) =>
      trx("availability").insert({
        ...{ user_id: away, status: "away", delegate_id: delegate },
        until: trx.raw("clock_timestamp() + interval '1 hour'"),
      }),
    );
    const id = await toTopic("Jane Roe: bed 4", { known: [{ kind: "name", value: "Jane Roe" }] });
    expect(await hospital.asOwner("SELECT FROM notifications WHERE user_id = $1", delegate)).toEqual([]);
    const item = await partOf(id, away);
    const reveal = (by: { id: string }) => server.post(`/api/notifications/${item.id}/reveal`, {}, as(by));
    expect((await reveal({ id: delegate })).status).toBe(404);
    await ends(item.digest);
    expect(await textsOf(delegate)).toEqual([["[NAME]: bed 4"]]);
    for (const by of [away, delegate])
      expect((await reveal({ id: by })).read(Original).message, by).toBe("Jane Roe: bed 4");
    for (const other of [{ id: team[1] }, hospital.people.northBoss, hospital.people.southBoss])
      expect((await reveal(other)).status, other.id).toBe(404);
  });

  it("comes once to somebody of its people who covers another one of them", async () => {
    const [away, delegate] = team;
    await aContactPoint(hospital, { person: delegate, channel: "email", address: `${delegate}@example.org` });
    await actAs(hospital.knex, `user:${away}`, (trx) =>
      trx("availability").insert({
        ...{ user_id: away, status: "away", delegate_id: delegate },
        until: trx.raw("clock_timestamp() + interval '1 hour'"),
      }),
    );
    const come = async (id: string): Promise<void> => {
      for (const person of team) await ends((await partOf(id, person)).digest);
    };
    await come(await toTopic("for both"));
    expect([await textsOf(away), await textsOf(delegate)]).toEqual([[["for both"]], [["for both"]]]);

    const again = await toTopic("for both again");
    const alone = await toOne(away, "for one");
    await come(again);
    const copyOf = async () => (await inboxOf(delegate)).find(({ covers_for }) => covers_for.length > 0);
    expect(await textsOf(away)).toContainEqual(["for both again", "for one"]);
    expect((await textsOf(delegate)).toSorted()).toEqual([["for both"], ["for both again"], ["for one"]]);
    expect(await copyOf()).toMatchObject({ title: "1 order update", message: "for one" });

    // What is left of the digest is theirs already, so the copy is over.
    const copy = String((await copyOf())?.notification_id);
    await actAs(hospital.knex, `worker:${alone}`, (trx) =>
      trx("notifications").where({ id: alone }).update({ expires_at: new Date() }),
    );
    await expire(hospital.knex, alone);
    expect(await textsOf(away)).toContainEqual(["for both again"]);
    expect(await copyOf()).toMatchObject({ notification_id: copy, status: "cancelled", items: [] });
    expect(
      await hospital.asOwner(
        "SELECT DISTINCT status, reason FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
        copy,
      ),
    ).toEqual([{ status: "skipped", reason: "cancelled" }]);
  });

  it("comes to whoever covers two of its people in two digests, each with its person's name and all that came to them", async () => {
    const [a, b] = team;
    const delegate = `north-delegate-${count}`;
    await aPerson(hospital, { id: delegate, territory: "north" });
    for (const person of team)
      await actAs(hospital.knex, `user:${person}`, (trx) =>
        trx("availability").insert({
          ...{ user_id: person, status: "away", delegate_id: delegate },
          until: trx.raw("clock_timestamp() + interval '1 hour'"),
        }),
      );
    const id = await toTopic("for both");
    await toOne(a, "for one");
    for (const person of team) await ends((await partOf(id, person)).digest);
    const shown = (await inboxOf(delegate)).map(({ covers_for, items }) => ({
      for: covers_for.map(({ user_id }) => user_id),
      items: items?.map(({ message }) => message),
    }));
    expect(shown.toSorted((x, y) => String(x.for).localeCompare(String(y.for)))).toEqual([
      { for: [a], items: ["for both", "for one"] },
      { for: [b], items: ["for both"] },
    ]);
    // Taken back, it leaves both: one of them is over with it.
    expect((await server.post(`/api/broadcasts/${id}/cancel`, {}, north())).status).toBe(200);
    expect((await textsOf(delegate)).toSorted()).toEqual([[], ["for one"]]);
  });

  it("leaves its digests where it is taken back, and a digest of nothing else is over", async () => {
    const [a, b] = team;
    await aContactPoint(hospital, { person: b, channel: "email", address: `${b}@example.org` });
    const [id, other] = [await toTopic("wrong"), await toOne(a, "right")];
    const [theirs, others] = [await partOf(id, a), await partOf(id, b)];
    await ends(theirs.digest);
    await ends(others.digest);
    const [email] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
      others.digest,
    );
    const claimed = await claim(hospital.knex, String(others.digest), String(email?.["id"]), []);
    if (!("attempt" in claimed)) throw new Error("not claimed");
    await settle(hospital.knex, claimed, { status: "accepted", reason: null });

    const taken = await server.post(`/api/broadcasts/${id}/cancel`, {}, north());
    expect(taken.body).toEqual({ status: "cancelled", reached: 1, not_reached: 1 });
    expect(await textsOf(a)).toEqual([["right"]]);
    expect((await partOf(other, a)).status).toBe("sent");
    expect(await inboxOf(b)).toMatchObject([{ status: "cancelled", items: [] }]);
    // Whom a channel outside told of it hears by that that it is over.
    const told = "SELECT stand_down FROM deliveries WHERE notification_id = $1 AND stand_down IS NOT NULL";
    expect(await hospital.asOwner(told, others.digest)).toEqual([{ stand_down: "cancelled" }]);
  });

  it.each<[string, () => Promise<object>]>([
    ["is high", () => Promise.resolve({ priority: "high" })],
    ["is critical", () => Promise.resolve({ priority: "critical" })],
    ["is of another category", () => Promise.resolve({ category: "patient_alert" })],
    ["ends before the window", () => Promise.resolve({ expires_at: new Date(Date.now() + 600_000) })],
    [
      "waits for an acknowledgement",
      async () => ({
        escalation_policy_id: await aPolicy(hospital, {
          territory: "north",
          rules: { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
        }),
      }),
    ],
  ])("comes by itself where it %s", async (_, body) => {
    const id = await toTopic("alone", await body());
    for (const person of team) {
      expect((await partOf(id, person)).digest).toBeNull();
      expect(await textsOf(person)).toEqual(["alone"]);
    }
  });
});
