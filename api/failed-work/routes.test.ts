import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import type { FailedKind } from "../../store/notifications/failed-work.ts";
import { countFailure, isDue } from "../../store/notifications/troubles.ts";
import { claim } from "../../store/transitions/claim.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { FailedWorkList, RedriveResults } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email", "sms"] });
  server = await startServer(hospital, {
    CHANNEL_EMAIL: JSON.stringify({ host: "127.0.0.1", port: 1, tls: "none", from: "t@west.example" }),
    CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
  });
  for (const channel of ["email", "sms"]) {
    await aContactPoint(hospital, { person: "north-1", channel, address: `one-${channel}@north.example` });
    await aContactPoint(hospital, { person: "south-1", channel, address: `one-${channel}@south.example` });
  }
});
beforeEach(async () => {
  await change("DELETE FROM troubles");
  await change("UPDATE deliveries SET status = 'skipped', reason = 'offline'");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const change = async (sql: string, ...values: unknown[]): Promise<void> => {
  await (await hospital.owner("notifications", "deliveries", "troubles")).query(sql, values);
};
const list = async (query = "", person = hospital.people.northBoss) =>
  (await server.get(`/api/failed-work?${query}`, as(person))).read(FailedWorkList);
const ids = async (query = "", person = hospital.people.northBoss): Promise<string[]> =>
  (await list(query, person)).failed.map(({ id }) => id);
const redrive = async (id: string, person = hospital.people.northBoss): Promise<number> =>
  (await server.post(`/api/failed-work/${id}/redrive`, undefined, as(person))).status;
const outcomes = async (of: string[], person = hospital.people.northBoss): Promise<string[]> =>
  (await server.post("/api/failed-work/redrive", { ids: of }, as(person)))
    .read(RedriveResults)
    .results.map(({ outcome }) => outcome);

/** A notification whose deliveries by some channels failed, while the others were skipped; the deliveries' ids by channel. */
async function failed(
  person = "north-1",
  channels = ["email"],
): Promise<{ notification: string; email: string; sms: string }> {
  const notification = await hospital.notify(person);
  await change(
    `UPDATE deliveries SET status = CASE WHEN channel = ANY ($2) THEN 'failed' ELSE 'skipped' END, reason = 'auth_failed', attempts = 1, updated_at = now()
     WHERE notification_id = $1`,
    notification,
    channels,
  );
  const rows = await hospital.asOwner(
    "SELECT id, channel FROM deliveries WHERE notification_id = $1",
    notification,
  );
  const of = (channel: string): string =>
    String(
      must(
        rows.find((row) => row["channel"] === channel),
        channel,
      )["id"],
    );
  return { notification, email: of("email"), sms: of("sms") };
}
/** Parks the work of a loop on an item. */
async function parked(kind: Exclude<FailedKind, "delivery">, id: string): Promise<void> {
  for (let n = 0; n < 10; n += 1) await countFailure(hospital.knex, kind, id, "P0001");
}
const isTried = async (id: string): Promise<boolean> => {
  const { rows } = await actAs(hospital.knex, "relay", (trx) =>
    trx.raw(`SELECT ${isDue("expire", "CAST(? AS uuid)")} AS due`, [id]),
  );
  return rows[0].due;
};

it("says what failed, why, since when, how often and of what, by ids alone", async () => {
  const { notification, email } = await failed();
  const late = await hospital.notify("north-2", { message: "Zebulon Quillfeather, bed 4" });
  await parked("expire", late);
  await countFailure(hospital.knex, "step", notification, "57014");
  const { failed: found, next } = await list();
  expect(next).toBeNull();
  const about = { territory_id: "north", since: expect.any(String) };
  expect(found).toEqual([
    {
      ...about,
      ...{ kind: "step", id: notification, notification_id: notification, channel: null },
      ...{ cause: "The next people could not be told of the alert (57014).", code: "57014" },
      ...{ attempts: 1, again_at: expect.any(String) },
    },
    {
      ...about,
      ...{ kind: "expire", id: late, notification_id: late, channel: null },
      ...{ cause: "It could not be ended when its time was over (P0001).", code: "P0001" },
      ...{ attempts: 10, again_at: null },
    },
    {
      ...about,
      ...{ kind: "delivery", id: email, notification_id: notification, channel: "email" },
      cause: "The channel email could not deliver it (auth_failed), and no other channel did.",
      ...{ code: "auth_failed", attempts: 1, again_at: null },
    },
  ]);
  expect(await ids("kind=delivery")).toEqual([email]);
  expect(await ids("kind=expire")).toEqual([late]);
  expect(await ids("territory=south")).toEqual([]);
});

it("leaves out what was mended: what a loop did since, and what reached its person or is over", async () => {
  const mended = uuidv7();
  await countFailure(hospital.knex, "count", mended, "40P01");
  await change("UPDATE troubles SET again_at = now() - interval '11 minutes'");
  const owed = await failed();
  const states: [string, string][] = [
    [
      "acknowledged",
      "UPDATE notifications SET status = 'acknowledged', acknowledged_at = now() WHERE id = $1",
    ],
    ["dismissed", "UPDATE notifications SET status = 'dismissed', dismissed_at = now() WHERE id = $1"],
    ["expired", "UPDATE notifications SET status = 'expired' WHERE id = $1"],
    ["about to expire", "UPDATE notifications SET expires_at = now() WHERE id = $1"],
    ["cancelled", "UPDATE notifications SET status = 'cancelled' WHERE id = $1"],
    [
      "closed",
      "UPDATE notifications SET closed_at = now(), closed_by = 'x', closed_reason = 'x' WHERE id = $1",
    ],
    ["resolved", "UPDATE notifications SET resolved_at = now(), resolved_by = 'x' WHERE id = $1"],
    ["seen", "UPDATE notifications SET seen_at = now() WHERE id = $1"],
    ["read", "UPDATE notifications SET status = 'read', read_at = now() WHERE id = $1"],
    [
      "delivered",
      "UPDATE deliveries SET status = 'delivered' WHERE notification_id = $1 AND channel = 'sms'",
    ],
    ["taken", "UPDATE deliveries SET status = 'accepted' WHERE notification_id = $1 AND channel = 'sms'"],
    ["maybe sent", "UPDATE deliveries SET status = 'unknown' WHERE notification_id = $1 AND channel = 'sms'"],
    ["under way", "UPDATE deliveries SET status = 'queued' WHERE notification_id = $1 AND channel = 'sms'"],
    [
      "long ago",
      "UPDATE deliveries SET updated_at = now() - interval '31 days' WHERE notification_id = $1 AND channel = 'email'",
    ],
  ];
  const expected: [string, number][] = [];
  const answered: [string, number][] = [];
  for (const [state, sql] of states) {
    const { notification, email } = await failed();
    await change(sql, notification);
    answered.push([state, await redrive(email)]);
    expected.push([state, state === "long ago" ? 204 : 409]);
  }
  await change("UPDATE deliveries SET status = 'skipped' WHERE redriven");
  expect(answered).toEqual(expected);
  expect(await ids()).toEqual([owed.email]);
});

it("is listed whole, page by page, though all failed in one transaction", async () => {
  const all = [];
  for (let n = 0; n < 5; n += 1) all.push((await failed()).email);
  for (let n = 0; n < 3; n += 1) {
    const id = await hospital.notify("north-2");
    await parked("expire", id);
    all.push(id);
  }
  const moment = "now() - interval '1 hour' + interval '123 microseconds'";
  await change(
    `WITH same AS (SELECT ${moment} AS at), one AS (UPDATE deliveries SET updated_at = at FROM same WHERE status = 'failed') UPDATE troubles SET since = at FROM same`,
  );
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = await list(`limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.failed.map(({ id }) => id));
    cursor = page.next;
  }
  expect(seen).toHaveLength(8);
  expect(new Set(seen)).toEqual(new Set(all));
});

it("delivers once more what failed, on record, and of one notification one at a time", async () => {
  const { notification, email, sms } = await failed("north-1", ["email", "sms"]);
  expect(new Set(await ids())).toEqual(new Set([email, sms]));
  expect(await outcomes([email, sms, email, uuidv7()])).toEqual([
    "redriven",
    "under_way",
    "under_way",
    "not_found",
  ]);
  const made = await hospital.asOwner(
    "SELECT id, channel, status, redelivery_of FROM deliveries WHERE notification_id = $1 AND round > 0",
    notification,
  );
  expect(made).toMatchObject([{ channel: "email", status: "queued", redelivery_of: email }]);
  expect(await ids()).toEqual([]);
  const recorded = await hospital.asOwner(
    "SELECT actor, territory_id, payload FROM audit_events WHERE action = 'work.redrive' AND outcome = 'ok' AND object_id = $1",
    notification,
  );
  expect(recorded).toEqual([
    {
      actor: "user:north-boss",
      territory_id: "north",
      payload: { kind: "delivery", delivery_id: made[0]?.["id"], redelivery_of: email, channel: "email" },
    },
  ]);
});

it("makes one delivery of many redrives at once", async () => {
  const { notification, email } = await failed();
  const answers = await Promise.all(Array.from({ length: 4 }, () => redrive(email)));
  expect(answers.toSorted()).toEqual([204, 409, 409, 409]);
  const made = await hospital.asOwner(
    "SELECT FROM deliveries WHERE notification_id = $1 AND round > 0",
    notification,
  );
  expect(made).toHaveLength(1);
});

it("doesn't send what its person has got between the redrive and the attempt", async () => {
  for (const [got, sql] of [
    [false, null],
    [true, "UPDATE notifications SET seen_at = now() WHERE id = $1"],
    [true, "UPDATE deliveries SET status = 'delivered' WHERE notification_id = $1 AND channel = 'sms'"],
  ] as const) {
    const { notification, email } = await failed();
    expect(await redrive(email)).toBe(204);
    if (sql !== null) await change(sql, notification);
    const [made] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND redriven",
      notification,
    );
    const answer = await claim(hospital.knex, notification, String(must(made, "delivery")["id"]), []);
    expect([sql, "deliveryId" in answer]).toEqual([sql, !got]);
    const [row] = await hospital.asOwner(
      "SELECT status, reason FROM deliveries WHERE notification_id = $1 AND redriven",
      notification,
    );
    if (got) expect(row).toEqual({ status: "skipped", reason: "not_needed" });
  }
});

it("has what loops parked tried again at once, on record", async () => {
  const id = await hospital.notify("north-1");
  await parked("expire", id);
  await countFailure(hospital.knex, "close", id, "40P01");
  expect(await isTried(id)).toBe(false);
  expect(await redrive(uuidv7())).toBe(404);
  expect(await isTried(id)).toBe(false);
  expect(await redrive(id)).toBe(204);
  expect(await isTried(id)).toBe(true);
  expect(await redrive(id)).toBe(404);
  const recorded = await hospital.asOwner(
    "SELECT actor, territory_id, payload FROM audit_events WHERE action = 'work.redrive' AND outcome = 'ok' AND object_id = $1",
    id,
  );
  const by = { actor: "user:north-boss", territory_id: "north" };
  expect(recorded).toHaveLength(2);
  expect(recorded).toEqual(
    expect.arrayContaining([
      { ...by, payload: { kind: "expire", failures: 10, code: "P0001", parked: true } },
      { ...by, payload: { kind: "close", failures: 1, code: "40P01", parked: false } },
    ]),
  );
});

it("is a wall between territories: a supervisor elsewhere finds nothing, an administrator all of it by ids", async () => {
  const { admin, southBoss, north1 } = hospital.people;
  const { email } = await failed();
  const id = await hospital.notify("north-1");
  await parked("expire", id);
  const nowhere = uuidv7();
  await parked("expire", nowhere);

  expect(await ids("", southBoss)).toEqual([]);
  expect(await ids("territory=north", southBoss)).toEqual([]);
  for (const one of [email, id, nowhere]) expect(await redrive(one, southBoss)).toBe(404);
  expect(await outcomes([email, id, nowhere], southBoss)).toEqual(["not_found", "not_found", "not_found"]);
  expect(new Set(await ids())).toEqual(new Set([email, id]));

  expect((await server.get("/api/failed-work", as(north1))).status).toBe(403);
  expect(await redrive(email, north1)).toBe(403);
  expect((await server.post("/api/failed-work/redrive", { ids: [email] }, as(north1))).status).toBe(403);

  expect(new Set(await ids("", admin))).toEqual(new Set([email, id, nowhere]));
  expect(new Set(await ids("territory=north", admin))).toEqual(new Set([email, id]));
  expect(await outcomes([email, nowhere], admin)).toEqual(["redriven", "redriven"]);
  const denied = await hospital.asOwner(
    "SELECT DISTINCT actor FROM audit_events WHERE action = 'work.redrive' AND outcome = 'denied' ORDER BY actor",
  );
  expect(denied).toEqual([
    { actor: "user:north-1" },
    { actor: "user:north-boss" },
    { actor: "user:south-boss" },
  ]);
});

it("says which channel is off", async () => {
  const { email } = await failed();
  await change("UPDATE deliveries SET channel = 'fax' WHERE id = $1", email);
  expect(await outcomes([email])).toEqual(["off"]);
});
