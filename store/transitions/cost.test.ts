import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readdirSync, readFileSync } from "node:fs";
import type pg from "pg";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { must } from "../../config/must.ts";
import { aCrowd } from "../../testing/crowd.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { actAs, type Transaction } from "../db/knex.ts";
import { Notification } from "../models/Notification.ts";
import { findAlertsLeft, findDepartures, forgetDeparture } from "../notifications/departures.ts";
import { addNextSteps } from "../notifications/next-steps.ts";
import { changesAfter } from "../notifications/inbox.ts";
import { findService } from "../people/services.ts";
import { accept, acceptEach } from "./accept.ts";
import { act } from "./act.ts";
import { closeCopies, follow } from "./follow.ts";
import {
  type Arrival,
  arrive,
  arriveLinked,
  joinAlert,
  readIntake,
  roundLeft,
  tellPage,
  workLeft,
} from "./arrive.ts";
import { type Claim, claim, giveUp, hold, renew, settle } from "./claim.ts";
import { closeAlert } from "./close-alert.ts";
import { depart } from "./depart.ts";
import { draftReach } from "./draft-reach.ts";
import { pastDecisions, peopleMeant, ruleSteps, wishesFor } from "./past-decisions.ts";
import { stepsToCome } from "./steps-to-come.ts";
import { countAcknowledged, escalate, stepTargets, tellPeople } from "./escalate.ts";
import { holdAnew } from "./hold-anew.ts";
import { receive } from "./receive.ts";
import { dueReminder, reminded } from "./remind.ts";
import { redeliver } from "./redeliver.ts";
import { redrive } from "./redrive.ts";
import { resolve } from "./resolve.ts";
import { takeReport } from "./report.ts";
import { noteAnswer, takeAnswer } from "./take-answer.ts";
import { derive } from "../webhooks/derive.ts";
import { arriveEach, leave, readBulk, tellBulk } from "./bulk.ts";
import { claimWebhook, settleWebhook } from "../webhooks/queue.ts";
import { cancel, cancelBroadcast, expire } from "./withdraw.ts";

/** Unfinished notifications of others. */
const MANY = 5_000;
/** Rows that a call may read: those of a family, of its people and of their rights. */
const FEW = 100;
/** PostgreSQL keeps a plan for good after five calls, so the last ones are made with the plan that is kept. */
const TIMES = 7;

/** A critical notification of north-1 whose step is due, with a delivery by email and one by the live channel. */
let alert: string;
let email: string;
/** One that was taken in and is in no inbox. */
let send: string;
/** An alert of a problem, a repeat of it that is on its way, and one that corrects it; and what names the problem. */
let problem: { alert: string; repeat: string; correction: string; hash: Buffer };
/** A broadcast to everybody in "north", one page of it written, and its recipients' notifications; one that is not written yet. */
let broadcast: string;
let page: string[];
let unwritten: string;
/** A webhook of north's service, to which other events wait. */
const HOOK = uuidv7();
let hospital: Hospital;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@tocsin.example` });
  alert = await hospital.notify("north-1", { priority: "critical" });
  await aCrowd(hospital, alert, MANY);
  const [delivery] = await hospital.asOwner(
    "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
    alert,
  );
  email = String(delivery?.["id"]);
  send = await hospital.accept("north-2");
  const key = { dedup_key: "freezer-7" };
  const alertOfKey = await hospital.notify("north-1", key);
  const [named] = await hospital.asOwner("SELECT dedup_hash FROM sends WHERE id = $1", alertOfKey);
  problem = {
    alert: alertOfKey,
    repeat: await hospital.accept("north-1", { ...key, priority: "critical" }),
    correction: await hospital.accept("north-1", { ...key, replaces: alertOfKey }),
    hash: must(named, "send")["dedup_hash"] as Buffer,
  };
  broadcast = await hospital.broadcast({ territory_id: "north", priority: "critical" });
  await hospital.page(broadcast);
  unwritten = await hospital.broadcast({ territory_id: "north" });
  const rows = await hospital.asOwner(
    "SELECT id FROM notifications WHERE send_id = $1 AND user_id IS NOT NULL",
    broadcast,
  );
  page = rows.map(({ id }) => String(id));
  for (let n = 0; n < 4; n += 1) await hospital.accept("north-2", {}, "bulk");
  await isDue(alert);
  await isDue(broadcast);
  await webhookWithMany();
}, 120_000);
afterAll(() => hospital.close());

/** A webhook, and another one, to which many events of other notifications wait that are not due. */
async function webhookWithMany(): Promise<void> {
  const owner = await hospital.owner(
    "event_feeds",
    "webhooks",
    "service_events",
    "webhook_deliveries",
    "event_log",
    "delivery_events",
  );
  const { id: service } = hospital.services.north;
  await owner.query("INSERT INTO event_feeds (service_id, seq) VALUES ($1, $2)", [service, MANY]);
  await owner.query(
    `INSERT INTO webhooks (id, service_id, url, types) SELECT id, $1, 'https://lab.example/', '{notification.expired}'
     FROM unnest($2::uuid[]) AS id`,
    [service, [HOOK, uuidv7()]],
  );
  await owner.query(
    `INSERT INTO service_events (service_id, seq, type, notification_id, root_id, send_id, territory_id, at)
     SELECT $1, seq, 'notification.expired', one, one, one, 'north', now() FROM (SELECT seq, gen_random_uuid() AS one
     FROM generate_series(1, $2) AS seq) AS many`,
    [service, MANY],
  );
  await owner.query(
    `INSERT INTO webhook_deliveries (webhook_id, service_id, seq, root_id, next_attempt_at)
     SELECT webhooks.id, service_events.service_id, seq, root_id, now() + interval '1 day' FROM webhooks, service_events`,
  );
  await owner.query(
    `INSERT INTO delivery_events (notification_id, territory_id, status)
     SELECT gen_random_uuid(), 'south', 'seen' FROM generate_series(1, $1)`,
    [MANY],
  );
  await owner.query(
    "UPDATE event_log SET position = pg_sequence_last_value('public.delivery_events_id_seq'::regclass)",
  );
}

const isDue = (id: string) =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ next_step_at: new Date() }),
  );
const arrival = (userId: string, id = uuidv7()): Arrival => ({
  id,
  userId,
  deliveries: ["websocket", "email"].map((channel) => ({
    id: uuidv7(),
    channel,
    skip: null,
    holdUntil: null,
    overridden: null,
  })),
});
const CONTENT = {
  title: null,
  message: "[redacted]",
  redaction: { version: "1", counts: {} },
  escalation: null,
};
const PAGE = { sends: 200, bytes: 1_000_000 };
const ACCEPTED = { status: "accepted", reason: null } as const;

async function claimed(trx: Transaction): Promise<Claim> {
  const answer = await claim(trx, alert, email, []);
  if ("status" in answer) throw new Error(`not claimed: ${JSON.stringify(answer)}`);
  return answer;
}
/** Takes the step that is due; answers the notifications of those whom it told. */
async function step(trx: Transaction, root: string): Promise<string[]> {
  const due = must(await stepTargets(trx, root), "step");
  const arrivals = due.targets.map(({ userId }) => arrival(userId));
  await tellPeople(trx, root, due.number, arrivals);
  const told = arrivals.map(({ id }) => id);
  const taken = {
    number: due.number,
    whom: "supervisor",
    told,
    absent: [],
    gap: false,
    nextSeconds: 0,
    exhausted: false,
  };
  await escalate(trx, root, taken);
  return told;
}

/** What is done, and what its last call answers. */
const DONE: Record<string, (trx: Transaction) => Promise<unknown>> = {
  "a send is taken in": async (trx) => {
    const { id: service_id, key, keyId: service_key_id } = hospital.services.north;
    expect(await findService(trx, key)).not.toBeNull();
    const row = {
      id: uuidv7(),
      service_id,
      service_key_id,
      user_id: "north-1",
      territory_id: "north",
      role: null,
      on_call_role: null,
      topic: null,
      people: null,
      read_back: false,
    };
    const kind = {
      lane: "ordinary",
      category: "system_message",
      priority: "normal",
      channels: null,
    } as const;
    const times = { send_at: null, expires_at: null, escalation_policy_id: null, replaces: null };
    const bytes = { wrapped_key: randomBytes(60), sealed: randomBytes(80), body_hash: randomBytes(32) };
    const made = {
      ...row,
      ...kind,
      ...times,
      ...bytes,
      key_id: "k1",
      idempotency_hash: randomBytes(32),
      dedup_hash: null,
    };
    expect(await accept(trx, made, 0, false)).toMatchObject({ kind: "accepted" });
    const another = { ...made, id: uuidv7(), idempotency_hash: null };
    const both = [made, another].map((row) => ({ row, leadMs: 0, repeatOnly: false }));
    expect(await acceptEach(trx, service_id, both)).toEqual([
      { kind: "replayed", id: made.id },
      { kind: "accepted", id: another.id },
    ]);
  },
  "a send arrives and is received": async (trx) => {
    expect(await readIntake(trx, send)).not.toBeNull();
    const { changes } = await arrive(trx, send, CONTENT, [arrival("north-2", send)], true);
    const { seq } = must(changes[0], "change");
    const read = await changesAfter(trx, "north-2", seq - 1, 100);
    expect(read.changes).toHaveLength(1);
    expect(await receive(trx, "north-2", { after: seq - 1, to: seq }, { after: seq, to: seq })).toEqual([
      send,
    ]);
    expect(await receive(trx, "north-2", { after: seq, to: seq }, { after: seq - 1, to: seq })).toEqual([
      send,
    ]);
  },
  "a delivery is attempted, reported on and made again": async (trx) => {
    const attempt = await claimed(trx);
    expect(await renew(trx, attempt)).toBe(true);
    const outcome = { ...ACCEPTED, providerId: "from-the-provider" };
    expect(await settle(trx, attempt, outcome)).toMatchObject({ status: "accepted" });
    const report = {
      providerId: "from-the-provider",
      deliveryId: email,
      status: "failed",
      reason: null,
    } as const;
    await takeReport(trx, "email", report);
    const again = await redeliver(trx, "north-boss", email, ["email"]);
    if (again.kind !== "done") throw new Error(`not made again: ${again.kind}`);
    expect((await workLeft(trx, alert)).groups).toHaveLength(1);
    expect(await roundLeft(trx, alert, again.delivery.round)).toHaveLength(1);
  },
  "a delivery failed, and is redriven": async (trx) => {
    await settle(trx, await claimed(trx), { status: "failed", reason: "auth_failed" });
    // The live channel had nobody.
    await actAs(trx, `worker:${alert}`, (inner) =>
      inner("deliveries")
        .where({ notification_id: alert, channel: "websocket" })
        .update({ status: "skipped", reason: "offline" }),
    );
    const again = await redrive(trx, "user:north-boss", email, false, ["email"]);
    if (again.kind !== "done") throw new Error(`not made again: ${again.kind}`);
    const [group] = await roundLeft(trx, alert, again.round);
    const [made] = must(group, "group").deliveries;
    expect(await claim(trx, alert, must(made, "delivery").deliveryId, [])).toMatchObject({ attempt: 1 });
  },
  "a delivery has an answer that was lost": async (trx) => {
    await settle(trx, await claimed(trx), { status: "unknown", reason: "timeout" });
    const report = { providerId: "late", deliveryId: email, status: "delivered", reason: null } as const;
    await takeReport(trx, "email", report);
    await takeReport(trx, "email", { ...report, providerId: "of-nobody", deliveryId: null });
  },
  "a delivery is held, and held no longer": async (trx) => {
    expect(await hold(trx, await claimed(trx), "quiet_hours", new Date(Date.now() + 60_000))).toMatchObject({
      held: true,
    });
    expect(await holdAnew(trx, "north-1", null)).toBe(1);
  },
  "a delivery has no worker": async (trx) => {
    const outcome = { status: "failed", reason: "no_worker" } as const;
    expect(await giveUp(trx, alert, email, outcome)).toMatchObject({ status: "queued" });
  },
  "steps are drafted": async (trx) => {
    const drafted = await draftReach(trx, "user:north-boss", "north", [{ to: { role: "supervisor" } }]);
    expect(drafted.steps).toHaveLength(1);
  },
  "what was decided is decided again": async (trx) => {
    const [past] = await pastDecisions(trx, [alert]);
    expect(past).toMatchObject({ id: alert, userId: "north-1", told: [{ userId: "north-1", round: 0 }] });
    const steps = await ruleSteps(trx, "north", must(past?.rules, "rules"));
    expect(steps.map(({ step }) => step.last_resort ?? false)).toEqual([false, true]);
    const nobody = () => Promise.resolve(new Map());
    const people = await peopleMeant(trx, "north", must(steps[0], "step").step, nobody);
    expect(await wishesFor(trx, alert, people)).toMatchObject([{ userId: "north-boss" }]);
  },
  "an alert is escalated, and acknowledged by its recipient": async (trx) => {
    await step(trx, alert);
    expect(await act(trx, "north-1", alert, { kind: "acknowledge" })).toMatchObject({ kind: "done" });
    expect(await closeCopies(trx, alert)).toEqual([]);
  },
  "an alert is escalated, and acknowledged by somebody else": async (trx) => {
    const [copy] = await step(trx, alert);
    expect(await act(trx, "north-boss", must(copy, "copy"), { kind: "acknowledge" })).toMatchObject({
      kind: "done",
    });
  },
  "an acknowledgement is taken back, and made again; its alert is reminded of and completed": async (trx) => {
    const [copy] = await step(trx, alert);
    await settle(trx, await claimed(trx), ACCEPTED);
    await act(trx, "north-boss", must(copy, "copy"), { kind: "acknowledge" });
    const undone = await act(trx, "north-boss", must(copy, "copy"), { kind: "unacknowledge" });
    expect(undone).toMatchObject({ kind: "done", changes: [{}, {}] });
    await act(trx, "north-boss", must(copy, "copy"), { kind: "acknowledge" });
    await trx.raw("SELECT set_config('app.actor', ?, true)", [`worker:${alert}`]);
    await trx("notifications").where({ id: alert }).update({ remind_at: new Date() });
    expect(await dueReminder(trx, alert)).toMatchObject({ number: 1, people: ["north-boss"] });
    expect(await reminded(trx, alert, 1)).toHaveLength(1);
    expect(await act(trx, "north-boss", must(copy, "copy"), { kind: "complete" })).toMatchObject({
      kind: "done",
    });
    await trx.raw("SELECT set_config('app.actor', ?, true)", [`worker:${alert}`]);
    await trx("notifications").where({ id: copy }).update({ completed_at: null });
    await trx("notifications").where({ id: alert }).update({ behind: true });
    expect(await follow(trx, alert)).toHaveLength(1);
  },
  "a stand-down is claimed": async (trx) => {
    await step(trx, alert);
    await settle(trx, await claimed(trx), ACCEPTED);
    await closeAlert(trx, "north-boss", alert, "known");
    await trx.raw("SELECT set_config('app.actor', ?, true)", [`worker:${alert}`]);
    const down = await trx("deliveries")
      .where({ notification_id: alert })
      .whereNotNull("stand_down")
      .first("id");
    expect(await claim(trx, alert, down.id, [])).toMatchObject({ standDown: { how: "closed" } });
  },
  "somebody answers by a channel": async (trx) => {
    await settle(trx, await claimed(trx), { ...ACCEPTED, providerId: "p" });
    const by = {
      answerId: "a",
      answer: "decline" as const,
      providerId: null,
      deliveryId: null,
      address: null,
      code: null,
    };
    const address = { ...by, address: "north-1@tocsin.example" };
    expect(await takeAnswer(trx, "email", address, null)).toMatchObject({ id: alert });
    const provider = { ...by, answerId: "b", providerId: "p" };
    expect(await takeAnswer(trx, "email", provider, null)).toMatchObject({ id: alert });
    await noteAnswer(trx, "email", "b", "conflict");
  },
  "an alert is escalated and closed": async (trx) => {
    await step(trx, alert);
    expect(await closeAlert(trx, "north-boss", alert, "known")).toMatchObject([{ id: alert }, {}]);
  },
  "an alert is escalated, and whom it told leaves": async (trx) => {
    await step(trx, alert);
    await actAs(trx, `worker:${alert}`, (inner) =>
      inner("notifications")
        .where({ id: alert })
        .update({ next_step_at: new Date(Date.now() + 60_000) }),
    );
    await actAs(trx, "user:admin", (inner) => inner("memberships").where({ user_id: "north-boss" }).delete());
    const [departure] = await findDepartures(trx);
    const left = await findAlertsLeft(trx, must(departure, "departure"));
    expect(left).toEqual([{ id: alert, lane: "ordinary", person: "north-boss" }]);
    expect(await depart(trx, alert, "north-boss")).toBe(true);
    await forgetDeparture(trx, must(departure, "departure"));
  },
  "an alert is escalated and taken back": async (trx) => {
    await step(trx, alert);
    const { id: service } = hospital.services.north;
    expect(await cancel(trx, service, alert)).toMatchObject({ kind: "cancelled" });
  },
  "an alert expires": async (trx) => {
    await trx.raw("SELECT set_config('app.actor', ?, true)", [`worker:${alert}`]);
    await trx("notifications").where({ id: alert }).update({ expires_at: new Date() });
    expect((await expire(trx, alert)).changes).toHaveLength(1);
  },
  "an alert expires, and its service is told": async (trx) => {
    await trx.raw("SELECT set_config('app.actor', ?, true)", [`worker:${alert}`]);
    await trx("notifications").where({ id: alert }).update({ expires_at: new Date() });
    await expire(trx, alert);
    const { rows } = await trx.raw(
      "SELECT pg_sequence_last_value('public.delivery_events_id_seq'::regclass) AS last",
    );
    expect(await derive(trx, { until: rows[0].last, xid: "0" })).toMatchObject({
      state: "done",
      services: [hospital.services.north.id],
    });
    const told = must(await claimWebhook(trx, HOOK, 4), "claim");
    const [delivery] = told.deliveries;
    expect(told.deliveries).toMatchObject([
      { event: { type: "notification.expired", notification_id: alert } },
    ]);
    await settleWebhook(trx, must(delivery, "delivery"), { code: "http_500" });
    expect(await claimWebhook(trx, HOOK, 4)).toBeNull();
    await settleWebhook(trx, must(delivery, "delivery"), { code: null });
  },
  "a notification is read and snoozed": async (trx) => {
    await act(trx, "north-1", alert, { kind: "read" });
    const until = new Date(Date.now() + 60_000);
    expect(await act(trx, "north-1", alert, { kind: "snooze", until })).toMatchObject({ kind: "done" });
  },
  "a problem is raised by a repeat, and resolved": async (trx) => {
    expect(
      await arriveLinked(trx, problem.repeat, CONTENT, [arrival("north-1", problem.repeat)]),
    ).toMatchObject({
      joins: { id: problem.alert },
    });
    const people = { again: [arrival("north-1", problem.alert)], others: [arrival("north-2")] };
    const joined = await joinAlert(trx, problem.repeat, problem.alert, CONTENT, people);
    expect(joined).toMatchObject({ works: true, lane: "critical", changes: [{}, {}] });
    const { alerts } = await resolve(trx, hospital.services.north.id, problem.hash);
    expect(alerts).toHaveLength(2);
  },
  "a notification is corrected": async (trx) => {
    const arrived = await arriveLinked(trx, problem.correction, CONTENT, [
      arrival("north-1", problem.correction),
    ]);
    expect(arrived).toMatchObject({ changes: [{}], others: [{ id: problem.alert }] });
  },
  "a broadcast arrives": async (trx) => {
    expect(await readIntake(trx, unwritten, { after: "", size: 100 })).toMatchObject({
      people: [{}, {}, {}],
    });
    const people = ["north-1", "north-2", "north-boss"].map((person) => arrival(person));
    const { changes } = await arrive(trx, unwritten, CONTENT, people, true);
    const [first, ...others] = changes.map(({ id }) => id);
    await tellPage(trx, unwritten, [must(first, "notification")], others);
  },
  "what came in bulk arrives": async (trx) => {
    const { sends, people } = await readBulk(trx, "north", PAGE);
    expect(people).toMatchObject([{ userId: "north-2", isActive: true, isCovered: false }]);
    const entries = sends
      .slice(0, 2)
      .map(({ id }) => ({ ...CONTENT, ...arrival("north-2", id), redacted: 0 }));
    const [first, second] = (await arriveEach(trx, "north", entries)).map(({ id }) => id);
    await tellBulk(trx, "north", [must(first, "notification")], [must(second, "notification")]);
    const [third, fourth] = sends.slice(2).map(({ id }) => id);
    await leave(trx, "north", [must(third, "send")], new Map([[must(fourth, "send"), 1_000]]));
    expect((await readBulk(trx, "north", PAGE)).sends).toEqual([]);
  },
  "what was read is unread again, and says when its next step is": async (trx) => {
    await act(trx, "north-1", alert, { kind: "read" });
    await act(trx, "north-1", alert, { kind: "unread" });
    await actAs(trx, "user:north-1", async (own) => {
      const rows = await Notification.query(own).where({ id: alert, user_id: "north-1" });
      await addNextSteps(own, "north-1", rows);
      expect(rows).toMatchObject([{ nextStep: { role: "supervisor" } }]);
    });
    const steps = await trx.transaction((own) => stepsToCome(own, `worker:${alert}`, [alert]));
    expect(steps.get(alert)).toMatchObject({ number: 0, targets: [{ userId: "north-boss" }] });
  },
  "a broadcast is escalated, counted and taken back": async (trx) => {
    await step(trx, broadcast);
    await act(trx, "north-1", must(page[0], "notification"), { kind: "read" });
    await countAcknowledged(trx, broadcast);
    const taken = await cancelBroadcast(trx, hospital.services.north.id, broadcast, () => undefined);
    expect(taken).toMatchObject({ notReached: 2 });
  },
};

/** The transitions that were called. */
const called = new Set<string>();

interface Count {
  table: string;
  rows: number;
}
const COUNTS =
  "SELECT relname AS table, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables";

/** The calls that `work` makes, and the table of which PostgreSQL reads most for each. */
async function costs(
  trx: Transaction,
  work: (trx: Transaction) => Promise<unknown>,
): Promise<({ call: string } & Count)[]> {
  const connection: pg.ClientBase = await trx.client.acquireConnection();
  const steps: { name: string; at: string; counts: Promise<pg.QueryResult<Count>> }[] = [];
  // A connection answers in order, so the question that is asked as a call begins is answered before it.
  const note = (step: unknown): void => {
    const { name, at } = step as { name: string; at: string };
    called.add(name);
    steps.push({ name, at, counts: connection.query<Count>(COUNTS) });
  };
  await trx.raw("SAVEPOINT undone");
  subscribe("tocsin:transition", note);
  await work(trx).finally(() => unsubscribe("tocsin:transition", note));
  const read = await Promise.all(
    steps.map(async ({ counts, ...step }) => ({ ...step, rows: (await counts).rows })),
  );
  await trx.raw("ROLLBACK TO SAVEPOINT undone");
  return read.flatMap(({ name: call, at, rows }, place) => {
    if (at === "begin") return [];
    const before = new Map(read[place - 1]?.rows.map(({ table, rows: count }) => [table, count]));
    const added = rows.map(({ table, rows: count }) => ({ table, rows: count - (before.get(table) ?? 0) }));
    const most = added.reduce((one, other) => (other.rows > one.rows ? other : one));
    return [{ call, ...most }];
  });
}

/** What a transition costs does not depend on what else is unfinished in the installation. */
it.each(Object.entries(DONE))(
  "%s: only rows of its own family are read",
  { timeout: 120_000 },
  async (_, work) => {
    const trx = await hospital.knex.transaction();
    onTestFinished(() => trx.rollback().then(() => undefined));
    for (let time = 0; time < TIMES; time += 1) {
      const over = (await costs(trx, work)).filter(({ rows }) => rows > FEW);
      expect(over).toEqual([]);
    }
  },
);

it("every transition was among them", () => {
  const texts = new Map(
    readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith(".sql"))
      .map((file) => [file.slice(0, -".sql".length), readFileSync(`${import.meta.dirname}/${file}`, "utf8")]),
  );
  for (const name of called)
    for (const [, other = ""] of texts.get(name)?.matchAll(/@([a-z_]+)/g) ?? []) called.add(other);
  expect([...texts.keys()].filter((name) => !called.has(name))).toEqual([]);
});
