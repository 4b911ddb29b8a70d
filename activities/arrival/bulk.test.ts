import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { RecognizerUnavailable, redact } from "../../redaction/index.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { claimBulk, findBulks } from "../../store/notifications/outbox.ts";
import { readBulk } from "../../store/transitions/bulk.ts";
import { receive } from "../../store/transitions/receive.ts";
import { cancel } from "../../store/transitions/withdraw.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson } from "../../testing/nouns.ts";
import { createBulkPages } from "./bulk.ts";

let hospital: Hospital;
/** What redacting a text does beside that. */
let meets: (message: string) => Promise<string> | string;
let bulkPages: ReturnType<typeof createBulkPages>;
const bridge = createLocalBridge();

beforeEach(async () => {
  hospital = await createHospital();
  meets = (message) => message;
  bulkPages = createBulkPages({
    knex: hospital.knex,
    vault: createVault(hospital.config.masterKeys),
    redactor: {
      redact: async (texts, options) =>
        await Promise.all(texts.map(async (text) => redact(await meets(text), options))),
    },
    log: createLog("silent"),
    channels: { names: () => ["websocket"] },
    bridge,
  });
});
afterEach(() => hospital.close());

const inBulk = (userId: string, message: string, body = {}) =>
  hospital.accept(userId, { message, ...body }, "bulk");
const textsOf = async (userId: string): Promise<unknown[]> =>
  (await hospital.asOwner("SELECT message FROM notifications WHERE user_id = $1 ORDER BY seq", userId)).map(
    ({ message }) => message,
  );
const statusOf = async (id: string) =>
  must((await hospital.asOwner("SELECT status, alone FROM sends WHERE id = $1", id))[0], "send");
/** Sends that pages left to workflows of their own. */
const leftAlone = async (): Promise<string[]> => (await claimBulk(hospital.knex)).map(({ id }) => id);

/** All that is written for a notification, but for ids and times. */
async function tracesOf(id: string) {
  const read = async (sql: string) => await hospital.asOwner(sql, id);
  return {
    notification: await read(
      `SELECT (to_jsonb(n) - '{id,send_id,seq,created_at,lane}'::text[]) AS row, seq - (SELECT min(seq) FROM notifications WHERE user_id = n.user_id) >= 0 AS numbered
       FROM notifications AS n WHERE id = $1`,
    ),
    deliveries: await read(
      "SELECT channel, position, round, status, reason, attempts, due_lane = 'bulk' AS due FROM deliveries WHERE notification_id = $1 ORDER BY position",
    ),
    events: await read(
      "SELECT status, channel, reason, user_id, territory_id, attempt FROM delivery_events WHERE notification_id = $1 AND delivery_id IS NULL ORDER BY id",
    ),
    record: await read(
      "SELECT action, outcome, territory_id, payload - 'seq' AS payload FROM audit_events WHERE object_id = $1::text ORDER BY id",
    ),
    send: await read("SELECT status, persisted FROM sends WHERE id = $1"),
  };
}

it("writes what each send's own arrival would have written, in the order in which they were taken in", async () => {
  const body = { title: "For Ann Alden", category: "order_update" as const, priority: "high" as const };
  const alone = await inBulk("north-1", "MRN 0012345678: one", body);
  await hospital.persist(alone);
  const paged = await inBulk("north-1", "MRN 0012345678: one", body);
  await inBulk("north-1", "two");
  await inBulk("north-2", "three");
  await inBulk("north-1", "four");
  expect(await bulkPages("north")).toEqual({ arrived: 4, isOver: true });
  expect(await tracesOf(paged)).toEqual({
    ...(await tracesOf(alone)),
    // Nobody has a socket, which the page knows before it writes the delivery, and its attempt finds later.
    deliveries: [
      {
        channel: "websocket",
        position: 0,
        round: 0,
        status: "skipped",
        reason: "offline",
        attempts: 0,
        due: true,
      },
    ],
  });
  const [, ...own] = await textsOf("north-1");
  expect(own).toEqual(["MRN [MRN]: one", "two", "four"]);
  expect(await textsOf("north-2")).toEqual(["three"]);
  const seqs = await hospital.asOwner(
    "SELECT notifications.seq, inboxes.seq AS last FROM notifications JOIN inboxes USING (user_id) WHERE user_id = 'north-1' ORDER BY 1",
  );
  expect(seqs).toEqual([1, 2, 3, 4].map((seq) => ({ seq, last: 4 })));
  expect(await findBulks(hospital.knex)).toEqual([]);
});

it("lets each arrive once, though pages are written side by side and again", async () => {
  for (let n = 0; n < 30; n += 1) await inBulk(n % 2 === 0 ? "north-1" : "north-2", `number ${n}`);
  await inBulk("south-1", "elsewhere");
  await Promise.all([bulkPages("north"), bulkPages("north"), bulkPages("north")]);
  expect((await bulkPages("north")).arrived).toBe(0);
  const both = [...(await textsOf("north-1")), ...(await textsOf("north-2"))];
  expect(both).toHaveLength(30);
  expect(new Set(both).size).toBe(30);
  const [first] = await hospital.asOwner(
    "SELECT max(notifications.seq) AS seq, max(inboxes.seq) AS last, count(*) FROM notifications JOIN inboxes USING (user_id) WHERE user_id = 'north-1'",
  );
  expect(first).toEqual({ seq: 15, last: 15, count: 15 });
  expect(await textsOf("south-1")).toEqual([]);
});

describe("one that can't arrive holds up no other of its page:", () => {
  it("one that PostgreSQL refuses is left to its own workflow", async () => {
    for (const n of [1, 2, 3]) await inBulk("north-1", `number ${n}`);
    const bad = await inBulk("north-1", "poison");
    for (const n of [4, 5]) await inBulk("north-1", `number ${n}`);
    meets = (text) => (text === "poison" ? "\u0000" : text);
    await bulkPages("north");
    expect(await textsOf("north-1")).toEqual([1, 2, 3, 4, 5].map((n) => `number ${n}`));
    expect(await statusOf(bad)).toEqual({ status: "accepted", alone: true });
    expect((await bulkPages("north")).arrived).toBe(0);
    expect(await leftAlone()).toEqual([bad]);
  });

  it("one that can't be redacted now is put off, counted and tried again", async () => {
    const held = await inBulk("north-1", "held");
    await inBulk("north-1", "well");
    const broken = await inBulk("north-1", "broken");
    meets = (text) => {
      if (text === "held") throw new RecognizerUnavailable("presidio", "unreachable");
      if (text === "broken") throw new Error("broken");
      return text;
    };
    const [before] = await hospital.asOwner("SELECT clock_timestamp()::text AS now");
    await bulkPages("north");
    expect(await textsOf("north-1")).toEqual(["well"]);
    const waits = await hospital.asOwner(
      "SELECT next_start_at > $2::timestamptz + interval '1 second' AS later, alone FROM sends WHERE id = ANY ($1::uuid[])",
      [held, broken],
      before?.["now"],
    );
    expect(waits).toEqual([
      { later: true, alone: false },
      { later: true, alone: false },
    ]);
    expect(await hospital.asOwner("SELECT kind, id, failures FROM troubles")).toEqual([
      { kind: "arrive", id: broken, failures: 1 },
    ]);
    meets = (text) => text;
    const owner = await hospital.owner("sends");
    await owner.query("UPDATE sends SET next_start_at = now() WHERE status = 'accepted'");
    await bulkPages("north");
    expect(await textsOf("north-1")).toEqual(["well", "held", "broken"]);
  });

  it("one to somebody whose wishes can't be read is left to its own workflow", async () => {
    const unreadable = await inBulk("north-1", "to somebody");
    await inBulk("north-2", "to somebody else");
    const owner = await hospital.owner("preferences");
    await owner.query("INSERT INTO preferences (user_id, settings) VALUES ('north-1', '{\"newer\": true}')");
    await bulkPages("north");
    expect(await textsOf("north-2")).toEqual(["to somebody else"]);
    expect(await leftAlone()).toEqual([unreadable]);
  });

  it("one that is taken back while its page is redacted does not arrive", async () => {
    const taken = await inBulk("north-1", "taken back");
    await inBulk("north-1", "stays");
    meets = async (text) => {
      if (text === "taken back")
        expect(await cancel(hospital.knex, hospital.services.north.id, taken)).toMatchObject({
          kind: "cancelled",
        });
      return text;
    };
    await bulkPages("north");
    expect(await textsOf("north-1")).toEqual(["stays"]);
    expect(await statusOf(taken)).toEqual({ status: "cancelled", alone: false });
  });
});

it("leaves to its own workflow what more than its own row decides on: dedup keys, policies, people who left, are disabled or covered", async () => {
  await aPerson(hospital, { id: "north-off", territory: "north" });
  const plain = await inBulk("north-1", "plain");
  const linked = await inBulk("north-1", "of a problem", { dedup_key: "freezer-7" });
  const left = await inBulk("north-2", "to somebody who left");
  const disabled = await inBulk("north-off", "to somebody who is disabled");
  const covered = await inBulk("north-boss", "to somebody covered");
  const owner = await hospital.owner("memberships", "availability", "users");
  await owner.query("DELETE FROM memberships WHERE user_id = 'north-2'");
  await owner.query("UPDATE users SET disabled_at = now() WHERE id = 'north-off'");
  await owner.query(
    "INSERT INTO availability (user_id, status, until, delegate_id) VALUES ('north-boss', 'away', now() + interval '1 hour', 'north-1')",
  );
  await bulkPages("north");
  expect(await textsOf("north-1")).toEqual(["plain"]);
  expect(await statusOf(plain)).toEqual({ status: "persisted", alone: false });
  expect(new Set(await leftAlone())).toEqual(new Set([linked, left, disabled, covered]));
});

it("leaves what is for somebody to its own workflow whom somebody covers since the page was read", async () => {
  const covered = await inBulk("north-1", "to somebody covered");
  const owner = await hospital.owner("availability");
  meets = async (text) => {
    await owner.query(
      "INSERT INTO availability (user_id, status, until, delegate_id) VALUES ('north-1', 'away', now() + interval '1 hour', 'north-2')",
    );
    return text;
  };
  await bulkPages("north");
  expect(await textsOf("north-1")).toEqual([]);
  expect(await leftAlone()).toEqual([covered]);
  await hospital.persist(covered);
  expect(await textsOf("north-2")).toEqual(["to somebody covered"]);
});

it("lets arrive what is for somebody whose time zone is an offset, as was once taken: in a page, and by itself", async () => {
  const owner = await hospital.owner("preferences");
  const settings = { time_zone: "+05:30", quiet_hours: { start: "22:00", end: "06:00" } };
  await owner.query("INSERT INTO preferences (user_id, settings) VALUES ('north-1', $1)", [settings]);
  await inBulk("north-1", "in a page");
  await bulkPages("north");
  await hospital.persist(await hospital.accept("north-1", { message: "by itself" }));
  expect(await textsOf("north-1")).toEqual(["in a page", "by itself"]);
});

it("lets one arrive expired whose time is over, with no delivery, and waits for one whose time has not come", async () => {
  const late = await inBulk("north-1", "late", { expires_at: new Date(Date.now() + 60_000) });
  await inBulk("north-1", "well");
  await inBulk("north-1", "to come", { send_at: new Date(Date.now() + 60_000) });
  const owner = await hospital.owner("sends");
  await owner.query("UPDATE sends SET expires_at = now() WHERE id = $1", [late]);
  await bulkPages("north");
  expect(
    await hospital.asOwner(
      "SELECT message, notifications.status, deliveries.status AS delivery, reason FROM notifications JOIN deliveries ON notification_id = notifications.id ORDER BY seq",
    ),
  ).toEqual([
    { message: "late", status: "expired", delivery: "skipped", reason: "expired" },
    { message: "well", status: "sent", delivery: "skipped", reason: "offline" },
  ]);
});

it("reads few long texts at a time, and at least one", async () => {
  const long = "Potassium 6.8 mmol/L. ".repeat(700);
  for (let n = 0; n < 3; n += 1) await inBulk("north-1", long);
  const sizes = [];
  for (const bytes of [1, 20_000, 1_000_000])
    sizes.push((await readBulk(hospital.knex, "north", { sends: 200, bytes })).sends.length);
  expect(sizes).toEqual([1, 2, 3]);
  expect(await bulkPages("north")).toEqual({ arrived: 3, isOver: true });
});

it("gives keys their turns: one's thousands leave room in the page for another's", async () => {
  const { north } = hospital.services;
  for (let n = 0; n < 3; n += 1) await inBulk("north-1", `mine ${n}`);
  const other = await hospital.asOwner(
    "SELECT id FROM service_keys WHERE service_id <> $1 LIMIT 1",
    north.id,
  );
  await hospital.accept("north-1", { message: "theirs" }, "bulk", {
    ...north,
    keyId: String(other[0]?.["id"]),
  });
  await bulkPages("north");
  expect(await textsOf("north-1")).toEqual(["mine 0", "theirs", "mine 1", "mine 2"]);
});

it("tells each socket once, which reads the whole page, and leaves its receipt to it", async () => {
  const [inbox] = await hospital.asOwner("SELECT id FROM inboxes WHERE user_id = 'north-1'");
  const told: number[] = [];
  const stop = await bridge.subscribe(String(inbox?.["id"]), ({ seq }) => void told.push(seq));
  for (const n of [1, 2, 3]) await inBulk("north-1", `number ${n}`);
  await inBulk("north-2", "offline");
  await bulkPages("north").finally(stop);
  expect(told).toEqual([3]);
  const states = "SELECT deliveries.status, count(*) FROM deliveries GROUP BY 1 ORDER BY 1";
  expect(await hospital.asOwner(states)).toEqual([
    { status: "accepted", count: 3 },
    { status: "skipped", count: 1 },
  ]);
  await receive(hospital.knex, "north-1", { after: 0, to: 3 }, { after: 3, to: 3 });
  expect(await hospital.asOwner(states)).toEqual([
    { status: "delivered", count: 3 },
    { status: "skipped", count: 1 },
  ]);
});

it("has other channels begin at once at whoever has no socket", async () => {
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "a@example.org" });
  const pages = createBulkPages({
    knex: hospital.knex,
    vault: createVault(hospital.config.masterKeys),
    redactor: { redact: async (texts, options) => texts.map((text) => redact(text, options)) },
    log: createLog("silent"),
    channels: { names: () => ["websocket", "email"] },
    bridge,
  });
  await inBulk("north-1", "by email");
  await pages("north");
  expect(
    await hospital.asOwner(
      "SELECT channel, status, next_check_at <= now() AS due FROM deliveries ORDER BY position",
    ),
  ).toMatchObject([
    { channel: "websocket", status: "skipped" },
    { channel: "email", status: "queued", due: true },
  ]);
});

it("leaves live deliveries queued while the bus is away, since nobody knows who has a socket", async () => {
  const away = (): Promise<never> => Promise.reject(new Error("the bus is away"));
  const pages = createBulkPages({
    knex: hospital.knex,
    vault: createVault(hospital.config.masterKeys),
    redactor: { redact: async (texts, options) => texts.map((text) => redact(text, options)) },
    log: createLog("silent"),
    channels: { names: () => ["websocket"] },
    bridge: { online: away, nodesOf: away, publish: away },
  });
  await inBulk("north-1", "while it is away");
  expect(await pages("north")).toEqual({ arrived: 1, isOver: true });
  expect(await textsOf("north-1")).toEqual(["while it is away"]);
  expect(await hospital.asOwner("SELECT status, reason, attempts FROM deliveries")).toEqual([
    { status: "queued", reason: null, attempts: 0 },
  ]);
});
