import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { countInbox } from "../notifications/counts.ts";
import { claimBulk, claimUnpersisted, findBulks } from "../notifications/outbox.ts";
import { inboxPage } from "../../api/notifications/inbox.ts";
import { InboxQuery, type SendBody } from "../../api/notifications/schema.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { waitingIn } from "../../testing/locks.ts";
import { aContactPoint, aPerson, aPolicy } from "../../testing/nouns.ts";
import { until } from "../../testing/until.ts";
import { actAs } from "../db/knex.ts";
import type { Preferences } from "../people/preferences.ts";
import type { TerritorySettings } from "../settings.ts";
import { act } from "./act.ts";
import { claim, settle } from "./claim.ts";
import { receive } from "./receive.ts";
import { resolve } from "./resolve.ts";
import { cancel, expire } from "./withdraw.ts";

let hospital: Hospital;
/** Each test has a person of its own. */
let person: string;
let count = 0;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
});
beforeEach(async () => {
  person = `north-digest-${(count += 1)}`;
  await aPerson(hospital, { id: person, territory: "north" });
  await aContactPoint(hospital, { person, channel: "email", address: `${person}@example.org` });
  await group({ order_update: { digest: { window: 15, by: "ward" } } });
});
afterAll(() => hospital.close());

const group = (grouping: TerritorySettings["grouping"] | null) =>
  actAs(hospital.knex, "user:admin", (trx) =>
    trx("territories")
      .where({ id: "north" })
      .update({ settings: grouping === null ? {} : { grouping } }),
  );
const wish = (settings: Partial<Preferences>) =>
  actAs(hospital.knex, `user:${person}`, (trx) =>
    trx("preferences").insert({ user_id: person, settings: JSON.stringify(settings) }),
  );
const send = (message: string, body: Partial<SendBody> = {}) =>
  hospital.notify(person, { category: "order_update", message, ...body });
const one = async (id: string) =>
  (await hospital.asOwner("SELECT * FROM notifications WHERE id = $1", id))[0];
const digestOf = async (id: string) => {
  const found = await one(id);
  return found?.["digest"] === null ? null : String(found?.["digest"]);
};
const sendOf = async (id: string) => (await hospital.asOwner("SELECT * FROM sends WHERE id = $1", id))[0];
/** How long a digest gathers; ms. */
const windowOf = (sent: Record<string, unknown> | undefined): number =>
  timeOf(sent?.["send_at"]) - timeOf(sent?.["created_at"]);
const timeOf = (value: unknown): number => (value instanceof Date ? value.getTime() : NaN);

/** What lies in the person's inbox, as they see it. */
const inbox = () =>
  actAs(hospital.knex, `user:${person}`, (trx) => inboxPage(trx, person, InboxQuery.parse({})));
/** Has a digest's window end now; answers the digest as it arrived. */
async function ends(digest: string | null) {
  await actAs(hospital.knex, `worker:${digest}`, (trx) =>
    trx("sends")
      .where({ id: digest })
      .update({ send_at: hospital.knex.raw("clock_timestamp()") }),
  );
  await hospital.persist(String(digest));
  return await one(String(digest));
}
const textsOf = (row: Record<string, unknown> | undefined) =>
  ((row?.["items"] ?? []) as { message: string }[]).map(({ message }) => message);

describe("what is grouped", () => {
  it("arrives as one notification with its items at the window's end, in its order, and counts as one", async () => {
    const ids = [
      await send("first"),
      await send("second for Jane Roe", { known: [{ kind: "name", value: "Jane Roe" }] }),
    ];
    const digest = await digestOf(String(ids[0]));
    expect(await digestOf(String(ids[1]))).toBe(digest);
    expect(await inbox()).toEqual([]);
    expect(await hospital.asOwner("SELECT FROM deliveries WHERE user_id = $1", person)).toEqual([]);
    const sent = await sendOf(String(digest));
    const window = windowOf(sent);
    expect(window).toBe(15 * 60_000);

    const arrived = await ends(digest);
    expect(arrived).toMatchObject({ title: "2 order updates", priority: "normal", escalation: null });
    expect(arrived?.["message"]).toBe("first\nsecond for [NAME]");
    expect(arrived?.["items"]).toMatchObject([
      { notification_id: ids[0], title: null, message: "first", resolved_at: null },
      { notification_id: ids[1], message: "second for [NAME]" },
    ]);
    expect((await inbox()).map(({ id }) => id)).toEqual([digest]);
    const counts = await actAs(hospital.knex, `user:${person}`, (trx) => countInbox(trx, person));
    expect(counts).toEqual({ unacknowledged_critical: 0, unread: 1, open: 1 });
    expect(
      await hospital.asOwner("SELECT DISTINCT notification_id FROM deliveries WHERE user_id = $1", person),
    ).toEqual([{ notification_id: digest }]);

    await hospital.persist(String(digest));
    for (const id of ids) await hospital.persist(id);
    expect(await inbox()).toHaveLength(1);
    expect(await digestOf(await send("third"))).not.toBe(digest);
  });

  it("has a digest for each value by which it is grouped, each channel asked for and each person", async () => {
    const a = await digestOf(await send("a", { metadata: { ward: "7" } }));
    const b = await digestOf(await send("b", { metadata: { ward: "8" } }));
    const c = await digestOf(await send("c", { metadata: { ward: "7" }, channels: ["email"] }));
    const other = await hospital.notify("north-1", {
      category: "order_update",
      message: "d",
      metadata: { ward: "7" },
    });
    expect(new Set([a, b, c, await digestOf(other)]).size).toBe(4);
    expect(await digestOf(await send("e", { metadata: { ward: "7" } }))).toBe(a);
    expect([a, b, c]).not.toContain(null);
  });

  it("is put into one digest by two that come at once", async () => {
    const ids = await Promise.all(
      ["a", "b", "c", "d"].map((message) => hospital.accept(person, { category: "order_update", message })),
    );
    // Nothing for the person can be written before several are on their way.
    const gate = await hospital.owner("users");
    await gate.query("BEGIN");
    await gate.query("SELECT FROM users WHERE id = $1 FOR UPDATE", [person]);
    const arrived = Promise.all(ids.map((id) => hospital.persist(id)));
    await until("they wait", async () => (await waitingIn(gate)) > 1);
    await gate.query("COMMIT");
    await arrived;
    expect(new Set(await Promise.all(ids.map(digestOf))).size).toBe(1);
  });

  it("comes in the lane of bulks where it came in bulk or to everybody, until something else is in it", async () => {
    const laneOf = async (digest: unknown) => (await sendOf(String(digest)))?.["lane"];
    const bulk = await hospital.accept(person, { category: "order_update", message: "in bulk" }, "bulk");
    await hospital.persist(bulk);
    const digest = await digestOf(bulk);
    expect(await laneOf(digest)).toBe("bulk");
    expect(await digestOf(await send("by itself"))).toBe(digest);
    expect(await laneOf(digest)).toBe("ordinary");
    expect(await laneOf(await digestOf(await send("of another ward", { metadata: { ward: "9" } })))).toBe(
      "ordinary",
    );
    // It has a workflow of its own for all that: no page of a bulk brings a digest.
    expect(await ends(digest)).toMatchObject({ title: "2 order updates" });

    const broadcast = await hospital.broadcast({ territory_id: "north", more: { category: "order_update" } });
    await hospital.page(broadcast);
    // Those of other tests' people may have joined digests that are open already.
    const [item] = await hospital.asOwner(
      "SELECT digest FROM notifications WHERE send_id = $1 AND user_id = $2",
      broadcast,
      person,
    );
    expect(await laneOf(item?.["digest"])).toBe("bulk");

    // Thousands of them are due, and an ordinary send after them.
    const owner = await hospital.owner("sends");
    await owner.query(
      `INSERT INTO sends SELECT (jsonb_populate_record(of_all, jsonb_build_object('id', gen_random_uuid(), 'next_start_at', now() - interval '1 hour', 'digest_hash', null))).*
       FROM sends AS of_all, generate_series(1, 300) WHERE of_all.id = $1`,
      [item?.["digest"]],
    );
    const beside = await hospital.accept("north-1", {});
    await owner.query("UPDATE sends SET next_start_at = now() - interval '1 second' WHERE id = $1", [beside]);
    const claimed = await claimUnpersisted(hospital.knex);
    expect(claimed.map(({ id }) => id)).toContain(beside);
    expect(await findBulks(hospital.knex)).toEqual([]);
    expect((await claimBulk(hospital.knex)).length).toBeGreaterThan(0);
    await owner.query("UPDATE sends SET status = 'cancelled' WHERE lane = 'bulk' AND status = 'accepted'");
  });

  it("comes in as many digests as it fills, each item in one, where more come than a digest holds", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 205; n += 5)
      ids.push(...(await Promise.all([n, n + 1, n + 2, n + 3, n + 4].map((item) => send(`item ${item}`)))));
    const digests = [...new Set(await Promise.all(ids.map(digestOf)))];
    const arrived = [];
    for (const digest of digests) arrived.push(await ends(digest));
    const itemsOf = (row: Record<string, unknown> | undefined) =>
      ((row?.["items"] ?? []) as { notification_id: string }[]).map(({ notification_id }) => notification_id);
    expect(arrived.map((row) => itemsOf(row).length).toSorted((one, other) => one - other)).toEqual([
      5, 100, 100,
    ]);
    expect(arrived.flatMap(itemsOf).toSorted()).toEqual(ids.toSorted());
    expect(await inbox()).toHaveLength(3);
  });

  it("waits in a digest of 100 items and 20,000 characters at most", async () => {
    const long = await digestOf(await send("Bed is ready. ".repeat(1_000)));
    expect(await digestOf(await send("Bed is clean. ".repeat(500)))).not.toBe(long);
    const first = await send("z", { channels: ["email"] });
    const many = await digestOf(first);
    const others = (n: number) =>
      actAs(hospital.knex, `worker:${many}`, (trx) =>
        trx.raw(
          `INSERT INTO notifications (id, send_id, service_id, user_id, territory_id, category, priority, message, redaction, seq, created_at, digest)
           SELECT gen_random_uuid(), send_id, service_id, user_id, territory_id, category, priority, message, redaction, 0, created_at, digest
           FROM notifications, generate_series(1, ?) WHERE id = ?`,
          [n, first],
        ),
      );
    await others(98);
    expect(await digestOf(await send("hundredth", { channels: ["email"] }))).toBe(many);
    expect(await digestOf(await send("one more", { channels: ["email"] }))).not.toBe(many);
  });
});

describe("what comes by itself", () => {
  it.each<[string, () => Promise<Partial<SendBody>>]>([
    ["what is high", () => Promise.resolve({ priority: "high" })],
    ["what is critical", () => Promise.resolve({ priority: "critical" })],
    ["what is of another category", () => Promise.resolve({ category: "patient_alert" })],
    ["what has to be read back", () => Promise.resolve({ require_read_back: "6.8" })],
    ["what ends before the window", () => Promise.resolve({ expires_at: new Date(Date.now() + 600_000) })],
    [
      "what has to be acknowledged",
      async () => ({
        escalation_policy_id: await aPolicy(hospital, {
          territory: "north",
          rules: { steps: [{ after_seconds: 60, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
        }),
      }),
    ],
    ["what corrects another", async () => ({ replaces: await send("wrong", { priority: "high" }) })],
  ])("is %s", async (_, body) => {
    const id = await send("alone", await body());
    expect(await digestOf(id)).toBeNull();
    expect((await inbox()).map((row) => row.id)).toContain(id);
  });

  it("is so many a minute, and what was sent longer ago does not count as room", async () => {
    await group({ order_update: { throttle: 2 } });
    const ids = [await send("1"), await send("2"), await send("3"), await send("4")];
    const digests = await Promise.all(ids.map(digestOf));
    expect(digests.slice(0, 2)).toEqual([null, null]);
    expect(digests[2]).not.toBeNull();
    expect(digests[3]).toBe(digests[2]);
    const sent = await sendOf(String(digests[2]));
    expect(windowOf(sent)).toBe(60_000);
  });

  it("is nothing of a category whose person wishes for digests, for longer than the territory at least", async () => {
    await group({ order_update: { throttle: 9, digest: { window: 5 } } });
    await wish({ digests: { order_update: 30, patient_alert: 1 } });
    const sent = await sendOf(String(await digestOf(await send("a"))));
    expect(windowOf(sent)).toBe(30 * 60_000);
    expect(await digestOf(await send("b", { category: "patient_alert" }))).not.toBeNull();
    expect(await digestOf(await send("c", { priority: "critical" }))).toBeNull();
    await group({ order_update: { digest: { window: 60 } } });
    const longer = await digestOf(await send("d", { metadata: { ward: "9" }, channels: ["email"] }));
    expect(windowOf(await sendOf(String(longer)))).toBe(60 * 60_000);
  });
});

describe("an item leaves its digest", () => {
  const cancelled = (id: string) => cancel(hospital.knex, hospital.services.north.id, id);

  it("once its sender takes it back, before and after the digest has come, but not once a channel outside took that", async () => {
    const [a, b, c] = [await send("a"), await send("b"), await send("c")];
    const digest = await digestOf(a);
    expect(await cancelled(a)).toEqual({ kind: "cancelled", changes: [], waits: false });
    expect(textsOf(await ends(digest))).toEqual(["b", "c"]);
    const taken = await cancelled(b);
    expect(taken).toMatchObject({ kind: "cancelled", changes: [{ id: digest }] });
    expect(await one(String(digest))).toMatchObject({ title: "1 order update", message: "c" });
    const [email] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
      digest,
    );
    expect(await claim(hospital.knex, String(digest), String(email?.["id"]), [])).toMatchObject({
      attempt: 1,
    });
    expect(await cancelled(c)).toEqual({ kind: "too_late" });
  });

  it("which is cancelled with its last one, and never comes where none was left", async () => {
    const id = await send("a");
    const digest = await digestOf(id);
    await ends(digest);
    await cancelled(id);
    expect(await one(String(digest))).toMatchObject({ status: "cancelled", items: [] });
    const next = await send("b");
    const empty = await digestOf(next);
    await cancelled(next);
    expect(await ends(empty)).toBeUndefined();
    expect(await sendOf(String(empty))).toMatchObject({ status: "cancelled" });
  });

  it("once its time is over, on record", async () => {
    const late = new Date(Date.now() + 20 * 60_000);
    const [a] = [await send("a", { expires_at: late }), await send("b")];
    const digest = await digestOf(a);
    await actAs(hospital.knex, `worker:${a}`, (trx) =>
      trx("notifications").where({ id: a }).update({ expires_at: new Date() }),
    );
    expect(await expire(hospital.knex, a)).toEqual({ changes: [], waits: false });
    expect(textsOf(await ends(digest))).toEqual(["b"]);
    const record = await hospital.asOwner(
      "SELECT action FROM audit_events WHERE object_id = $1 ORDER BY id",
      a,
    );
    expect(record.map(({ action }) => action)).toEqual([
      "notification.send",
      "notification.persist",
      "notification.expire",
    ]);
  });

  it("once its problem is raised, and goes out by itself", async () => {
    const key = { dedup_key: `pump-${person}` };
    const [a] = [await send("leaks", key), await send("b")];
    const digest = await digestOf(a);
    await send("leaks still", key);
    expect(textsOf(await ends(digest))).toEqual(["leaks still", "b"]);
    await send("bursts", { ...key, priority: "critical" });
    expect(await one(a)).toMatchObject({ digest: null, priority: "critical", message: "bursts" });
    expect(textsOf(await one(String(digest)))).toEqual(["b"]);
    expect((await inbox()).map(({ id }) => id).toSorted()).toEqual([a, digest].toSorted());
    const planned = await hospital.asOwner(
      "SELECT channel FROM deliveries WHERE notification_id = $1 ORDER BY position",
      a,
    );
    expect(planned).toEqual([{ channel: "websocket" }, { channel: "email" }]);
  });

  it("or stays, and says that it is resolved", async () => {
    const { id: service } = hospital.services.north;
    const a = await send("leaks", { dedup_key: `drain-${person}` });
    const digest = await digestOf(a);
    await ends(digest);
    const [row] = await hospital.asOwner("SELECT dedup_hash FROM sends WHERE id = $1", a);
    await resolve(hospital.knex, service, row?.["dedup_hash"] as Buffer);
    expect((await one(String(digest)))?.["items"]).toMatchObject([{ resolved_at: expect.any(String) }]);
  });
});

describe("the items of a digest", () => {
  it("are delivered, seen and read with it, and can't be acted on alone", async () => {
    const [a, b] = [await send("a"), await send("b")];
    const digest = String(await digestOf(a));
    const { seq } = (await ends(digest)) ?? {};
    const place = { after: Number(seq) - 1, to: Number(seq) };
    await receive(hospital.knex, person, place, place);
    for (const id of [a, b])
      expect(await one(id)).toMatchObject({ status: "delivered", seen_at: expect.any(Date) });
    expect(await act(hospital.knex, person, a, { kind: "dismiss" })).toMatchObject({ kind: "conflict" });
    await act(hospital.knex, person, digest, { kind: "dismiss" });
    for (const id of [a, b]) expect(await one(id)).toMatchObject({ status: "dismissed", seq: 0 });
  });

  it("are delivered with it by a channel outside", async () => {
    const id = await send("a", { channels: ["email"] });
    const digest = String(await digestOf(id));
    await ends(digest);
    const [email] = await hospital.asOwner("SELECT id FROM deliveries WHERE notification_id = $1", digest);
    const claimed = await claim(hospital.knex, digest, String(email?.["id"]), []);
    if (!("attempt" in claimed)) throw new Error("not claimed");
    await settle(hospital.knex, claimed, { status: "delivered", reason: null });
    expect(await one(id)).toMatchObject({ status: "delivered", seen_at: null });
  });
});
