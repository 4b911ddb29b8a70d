import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { OnCallAnswer } from "../api/on-call/schema.ts";
import { must } from "../config/must.ts";
import type { NotificationDto } from "../channels/contract.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { lookAhead } from "../store/webhooks/derive.ts";
import { aPolicy } from "../testing/nouns.ts";
import { type Heard, openReceiver, type Receiver } from "../testing/receiver.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const HOUR = 3_600_000;
const ZONE = "America/New_York";
const EVERY_DAY = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/**
 * The next nights in which the clocks change, from 19:00 to 07:00 of the next day, and how long they are; h. They change at 02:00, seven hours
 * after it began.
 */
const NIGHTS = (["forward", "back"] as const).map((way) => {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit" });
  const hours = (at: number): number => Number(clock.format(at)) - Number(clock.format(at - 1));
  let change = Math.ceil(Date.now() / HOUR) * HOUR + 24 * HOUR;
  while (hours(change) !== (way === "forward" ? 2 : 0)) change += HOUR;
  const after = way === "forward" ? 4 : 6;
  return [way, change - 7 * HOUR, change + after * HOUR, 7 + after] as const;
});
/** How far ahead a send may be. */
const YEAR = 365 * 24 * HOUR;

/**
 * A critical result at night: to whoever is on call, who is away, to their delegate, who declines, to the supervisors, one of whom reads it back; and
 * its sender hears of it all. The only node dies by SIGKILL at each step, and the next one goes on.
 */
describe("a night", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let onCall: Person;
  let delegate: Person;
  let supervisor: Person;
  let receiver: Receiver;
  /** The first word of the acknowledgement, which the sender does not take. */
  let refused: Heard | null = null;
  /** What the sender took, of which the node died before it noted that. */
  let lost: Heard;
  let schedule: string;
  let id: string;

  /** A node that has just begun, on a busy machine, may say that it can't serve yet: people and senders ask again. */
  const served = <Answer extends { status: number }>(ask: () => Promise<Answer>): Promise<Answer> =>
    until("the node serves", async () => {
      const answer = await ask();
      return answer.status !== 503 && answer;
    });
  const call = (of: Person, method: string, path: string, body?: object) =>
    served(async () => {
      const response = await of.fetch(path, {
        method,
        headers: { "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json().catch(() => null) };
    });
  /** The node is dead; the next one takes its place, and dies where it is told to. */
  async function next(crashAt?: string): Promise<void> {
    await node.exited;
    node = await site.start(crashAt === undefined ? {} : { crashAt });
    [onCall, delegate, supervisor] = [onCall.at(node.url), delegate.at(node.url), supervisor.at(node.url)];
  }
  /** Does something at which the node dies; its caller hears nothing. */
  async function dyingAt(place: string, work: () => Promise<unknown>): Promise<void> {
    await node.crashAt(place);
    await expect(work()).rejects.toThrow();
  }
  const ofAlert = async (of: Person): Promise<NotificationDto[]> =>
    (await of.inbox()).filter((one) => one.notification_id === id || one.escalated_from === id);
  const iso = (at: number): string => new Date(at).toISOString();
  const TO_ROLE = { role: "nephrology-on-call" };
  /** For whom a send to the role is, whose time is so far ahead. */
  async function recipientAt(at: number): Promise<unknown> {
    const { territory_id } = targetOf(demoUser(demo, "clinician"));
    const what = { to: TO_ROLE, territory_id, message: "Round", send_at: iso(at) };
    const { body } = await served(() => send(node.url, demo.api_key, what));
    const sent = await actAs(site.knex, `worker:${body.notification_id}`, (trx) =>
      trx("sends").first("user_id"),
    );
    return sent.user_id;
  }
  const has = (of: Person) =>
    until("they have the alert", async () => {
      const found = await ofAlert(of);
      return found.length > 0 && found;
    });

  beforeAll(async () => {
    site = await createSite({ CHANNEL_PRIVATE_HOSTS: "127.0.0.1" });
    node = await site.start();
    demo = await site.demo();
    const people = [
      demoUser(demo, "clinician"),
      demoUser(demo, "clinician", 1),
      demoUser(demo, "supervisor"),
    ] as const;
    [onCall, delegate, supervisor] = await Promise.all([
      Person.signIn(node.url, people[0]),
      Person.signIn(node.url, people[1]),
      Person.signIn(node.url, people[2]),
    ]);
    const { territory_id } = targetOf(people[0]);
    const hours = (from: string, to: string) => [{ days: EVERY_DAY, from, to }];
    const made = await call(supervisor, "POST", "/api/schedules", {
      ...{ territory_id, name: "Nephrology", zone: ZONE },
      layers: [
        {
          ...{ name: "Nights", people: [people[0].user_id], starts: "2026-01-05T19:00" },
          ...{ rule: "FREQ=DAILY", hours: hours("19:00", "07:00") },
        },
        {
          ...{ name: "Days", people: [people[1].user_id], starts: "2026-01-05T07:00" },
          ...{ rule: "FREQ=DAILY", hours: hours("07:00", "19:00") },
        },
      ],
    });
    schedule = z.object({ schedule_id: z.string() }).parse(made.body).schedule_id;
    const role = { territory_id, role: "nephrology-on-call", name: "Nephrology", schedule_id: schedule };
    expect((await call(supervisor, "POST", "/api/roles", role)).status).toBe(201);
    // Whatever the time of this run is: it is their night.
    const override = {
      user_id: people[0].user_id,
      starts_at: new Date(Date.now() - 60_000).toISOString(),
      ends_at: new Date(Date.now() + 6 * HOUR).toISOString(),
    };
    expect((await call(supervisor, "POST", `/api/schedules/${schedule}/overrides`, override)).status).toBe(
      201,
    );
    const types = [
      "notification.declined",
      "notification.escalated",
      "notification.acknowledged",
      "notification.exhausted",
    ] as const;
    receiver = await openReceiver(site, [...types], (one) => {
      if (one.type !== "notification.acknowledged" || refused !== null) return false;
      refused = one;
      return true;
    });
  });
  afterAll(async () => {
    await receiver.close();
    await site.close();
  });

  it.each(NIGHTS)(
    "in which the clocks go %s has one on call until 07:00 by the wall",
    async (_way, from, to, long) => {
      const found = await call(
        supervisor,
        "GET",
        `/api/schedules/${schedule}/shifts?from=${iso(from)}&to=${iso(to + HOUR)}`,
      );
      const { shifts } = z
        .object({
          shifts: z.array(
            z.object({
              from: z.string(),
              to: z.string(),
              person: z.object({ user_id: z.string() }).nullable(),
            }),
          ),
        })
        .parse(found.body);
      expect(shifts.map(({ person }) => person?.user_id)).toEqual([
        demoUser(demo, "clinician").user_id,
        demoUser(demo, "clinician", 1).user_id,
      ]);
      expect(Date.parse(shifts[0]?.to ?? "")).toBe(to);
      // A send for then is for whoever has that minute, at the change of the clocks and at both ends.
      const [night, day] = [demoUser(demo, "clinician").user_id, demoUser(demo, "clinician", 1).user_id];
      for (const [at, whose] of [
        [from, night],
        ...Array.from({ length: long * 2 }, (_, half) => [from + (half * HOUR) / 2 + 60_000, night] as const),
        [to - 1, night],
        [to, day],
      ] as const) {
        const query = new URLSearchParams({
          ...{ territory: targetOf(demoUser(demo, "clinician")).territory_id, ...TO_ROLE },
          at: iso(at),
        });
        const { body } = await call(supervisor, "GET", `/api/on-call?${query}`);
        expect(OnCallAnswer.parse(body).on_call, String(query)).toMatchObject([
          { person: { user_id: whose }, gap: false },
        ]);
      }
      // The clocks of a few days are more than a year ahead.
      for (const [at, whose] of [
        [to - HOUR / 2, night],
        [to + HOUR / 2, day],
      ] as const)
        if (at < Date.now() + YEAR) expect(await recipientAt(at)).toBe(whose);
    },
  );

  it("is away, with a delegate who covers them", async () => {
    const { territory_id } = targetOf(demoUser(demo, "clinician"));
    const put = await call(onCall, "PUT", "/api/availability", {
      status: "away",
      until: new Date(Date.now() + 6 * HOUR).toISOString(),
      delegate: demoUser(demo, "clinician", 1).user_id,
    });
    expect(put.status).toBe(200);
    await node.kill();
    await next();
    const policy = await aPolicy(site, {
      territory: territory_id,
      rules: { steps: [{ after_seconds: 3_600, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
    });
    const result = {
      ...{ to: TO_ROLE, territory_id, priority: "critical" },
      ...{ message: "Potassium 6.8, haemolysis excluded", require_read_back: "6.8 mmol/L" },
      escalation_policy_id: policy,
    };
    const ask = () => served(() => send(node.url, demo.api_key, result, { "Idempotency-Key": "result-1" }));
    await dyingAt("accept:end", ask);
    // The next one's relay may bring it in, and so die of it, before it is asked again.
    await next("arrive:end");
    const tried = await ask().catch(() => null);
    await next();
    const { status, body } = tried ?? (await ask());
    expect(status).toBe(202);
    id = body.notification_id;
    expect(await has(onCall)).toMatchObject([{ notification_id: id }]);
    expect(await has(delegate)).toMatchObject([
      { escalated_from: id, covers_for: [{ user_id: demoUser(demo, "clinician").user_id }] },
    ]);
  });

  it("has the next ones told at once when the delegate declines", async () => {
    const [copy] = await has(delegate);
    const path = `/api/notifications/${must(copy, "copy").notification_id}/decline`;
    const decline = () => call(delegate, "POST", path, { reason: "In theatre" });
    await dyingAt("act:end", decline);
    // The next one takes the step, and dies before it notes that its people are told; the one after it, before it notes that the sender has heard.
    await next("escalate:begin");
    await next("settle_webhook:begin");
    await node.exited;
    lost = must(receiver.heard.at(-1), "call that the sender took");
    await next();
    expect((await decline()).status).toBe(200);
    const copies = await has(supervisor);
    expect(copies).toHaveLength(1);
    const steps = async () =>
      (await onCall.timeline(id)).events.filter(({ status }) => status === "escalated");
    // A step is on the timeline once all of its people are told.
    await until("the step is on the timeline", async () => (await steps()).length > 0);
    expect(await steps()).toHaveLength(1);
  }, 240_000);

  it("ends once somebody has read the value back rightly", async () => {
    const [copy] = await has(supervisor);
    const path = `/api/notifications/${must(copy, "copy").notification_id}/acknowledge`;
    expect((await call(supervisor, "POST", path, { read_back: "8.6 mmol/L" })).status).toBe(422);
    // A wrong value ends nothing, for nobody.
    for (const of of [onCall, delegate, supervisor])
      expect(await ofAlert(of)).toMatchObject([{ acknowledged_at: null }]);
    const take = () => call(supervisor, "POST", path, { read_back: "6.80 mmol/l" });
    await dyingAt("act:begin", take);
    await next();
    // The event is made, and the node dies before it is brought to the sender.
    await until("no event is left to make", async () => (await lookAhead(site.knex)) === null);
    await node.crashAt("derive_events:end");
    await take().catch(() => undefined);
    await next();
    expect((await take()).status).toBe(200);
    for (const of of [onCall, delegate])
      await until("theirs is over", async () =>
        (await ofAlert(of)).every(
          ({ acknowledged_by: by }) => by?.user_id === demoUser(demo, "supervisor").user_id,
        ),
      );
    // Whatever was asked twice, and whatever a node that died had begun, counts once.
    for (const of of [onCall, delegate, supervisor]) {
      const results = (await of.inbox()).filter(({ message }) => message.includes("haemolysis"));
      expect(results.map(({ notification_id, escalated_from }) => escalated_from ?? notification_id)).toEqual(
        [id],
      );
    }
  });

  it("is heard of by its sender, in order, each event under one id", async () => {
    const { heard } = receiver;
    const types = () => [...new Set(heard.map(({ type }) => type))];
    await until("the sender has heard", () => types().includes("notification.acknowledged"), 90_000);
    // What it did not take comes again, under the same id.
    const of = must(refused, "refused call").about;
    const words = () =>
      heard.filter(({ type, about }) => type === "notification.acknowledged" && about === of);
    await until("it has come again", () => words().length > 1, 90_000);
    expect(new Set(words().map(({ webhookId }) => webhookId)).size).toBe(1);
    expect(heard.filter(({ webhookId }) => webhookId === lost.webhookId).length).toBeGreaterThan(1);
    expect(types()).toEqual([
      "notification.declined",
      "notification.escalated",
      // Its only step was the last one.
      "notification.exhausted",
      "notification.acknowledged",
    ]);
    // By its id whoever receives it knows a repeat, also one that a later node sends.
    for (const { webhookId, eventId } of heard) expect(webhookId).toBe(eventId);
    const sent = heard.filter(({ about }) => about === id);
    expect(new Set(sent.map(({ webhookId }) => webhookId)).size).toBe(
      new Set(sent.map(({ type }) => type)).size,
    );
  });
});
