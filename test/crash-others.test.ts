import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { must } from "../config/must.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { lookAhead } from "../store/webhooks/derive.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { aContactPoint, aPerson, aPolicy, aWish } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { openReceiver, type Receiver } from "../testing/receiver.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { type PagerServer, startPager } from "../tools/pager/server.ts";

/** As crash.test.ts, for what happens to a broadcast, to an alert's copies, to a long attempt and to webhooks. */
let site: Site;
let pager: PagerServer;
let api: Program;
let worker: Program;
let demo: Demo;
let person: Person;
let supervisor: Person;
let territory: string;
const started: Program[] = [];

beforeAll(async () => {
  [site, pager] = await Promise.all([createSite(), startPager()]);
  Object.assign(site.env, pager.env);
  api = await site.start({ role: "api" });
  worker = await site.start({ role: "worker" });
  demo = await site.demo();
  person = await Person.signIn(api.url, demoUser(demo, "clinician"));
  supervisor = await Person.signIn(api.url, demoUser(demo, "supervisor"));
  territory = targetOf(demoUser(demo, "clinician")).territory_id;
});
afterEach(() => Promise.all(started.splice(0).map((node) => node.kill())));
afterAll(async () => {
  await site.close();
  await pager.close();
});

/** The text of the message to who took something over and has not completed it. */
const REMINDER =
  "What you acknowledged is not completed within the time that its policy names. Complete it in your inbox, or see that somebody does.";

/** Starts a node that lasts for one test. */
async function start(options: Parameters<Site["start"]>[0]): Promise<Program> {
  const node = await site.start(options);
  started.push(node);
  return node;
}

const bySender = (url: string, path: string, body?: object): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function broadcast(message: string, more: object = {}): Promise<string> {
  const answer = await bySender(api.url, "/api/notifications/broadcast", {
    territory_id: territory,
    message,
    ...more,
  });
  return JSON.parse(await answer.text()).broadcast_id;
}

const inInbox = async (of: Person, message: string) =>
  (await of.inbox()).filter((one) => one.message === message);
const arrived = (of: Person, message: string) =>
  until(`"${message}" is in the inbox`, async () => {
    const found = await inInbox(of, message);
    return found.length > 0 && found;
  });

/** An alert to the clinician whose copy the supervisor has. */
async function escalated(message: string): Promise<string> {
  const steps = [{ after_seconds: 1, to: { role: "supervisor" as const } }];
  const policy = await aPolicy(site, { territory, rules: { steps, repeat: 0, acknowledgers: 1 } });
  const body = { priority: "critical" as const, escalation_policy_id: policy, message };
  const { body: sent } = await send(api.url, demo.api_key, {
    ...targetOf(demoUser(demo, "clinician")),
    ...body,
  });
  await arrived(supervisor, message);
  return sent.notification_id;
}

/** The copies of an alert. */
const copies = (id: string) =>
  actAs(site.knex, `worker:${id}`, (trx) => trx("notifications").where({ escalated_from: id }));

/** In words, as in crash.test.ts: parts of it alone are names, too. */
const said = (place: string): string => place.replace(/^(\w+):(begin|end)$/, "$2 of $1");

describe("of the worker, as it", () => {
  /** Does what the worker dies of; resolves once the next one has started. */
  async function dies(crashAt: string, act: () => Promise<unknown>): Promise<void> {
    await worker.crashAt(crashAt);
    await act();
    const { process: node } = worker;
    await until(`the worker comes to ${crashAt}`, () => node.signalCode !== null || node.exitCode !== null);
    await worker.exited;
    worker = await site.start({ role: "worker" });
  }

  it.each(["tell_page:begin", "tell_page:end"])(
    "comes to %s, when everybody has the broadcast once",
    async (crashAt) => {
      // "Page" is a name, and would be redacted.
      const message = crashAt.endsWith("begin") ? "before all are told" : "after all are told";
      await dies(crashAt, () => broadcast(message));
      for (const one of [person, supervisor]) expect(await arrived(one, message)).toHaveLength(1);
    },
  );

  it.each(["follow:begin", "follow:end"])(
    "comes to %s, when an alert that was replaced is so for those who were told of it, too",
    async (crashAt) => {
      const former = await escalated(`${said(crashAt)}, wrong`);
      const message = `${said(crashAt)}, right`;
      const target = targetOf(demoUser(demo, "clinician"));
      await dies(crashAt, () =>
        send(api.url, demo.api_key, { ...target, priority: "critical", replaces: former, message }),
      );
      await until("the copy is ended", async () =>
        (await copies(former)).every((one) => one.replaced_at !== null),
      );
      expect(await copies(former)).toHaveLength(1);
      expect(await arrived(person, message)).toHaveLength(1);
    },
  );

  it.each(["depart:begin", "depart:end"])(
    "comes to %s, when the step after that of somebody who left is taken at once, once",
    async (crashAt) => {
      const message = said(crashAt);
      const leaver = await aPerson(site, { territory });
      const steps = [
        { after_seconds: 1, to: { user_id: leaver.id } },
        { after_seconds: 3_600, to: { role: "supervisor" as const } },
      ];
      const policy = await aPolicy(site, { territory, rules: { steps, repeat: 0, acknowledgers: 1 } });
      const { body } = await send(api.url, demo.api_key, {
        ...targetOf(demoUser(demo, "clinician")),
        ...{ priority: "critical", escalation_policy_id: policy, message },
      });
      const alert = body.notification_id;
      await until("the first step is taken", async () => (await copies(alert)).length > 0);
      // Every node looks for who has left; the other one sleeps meanwhile.
      api.process.kill("SIGSTOP");
      await dies(crashAt, () =>
        actAs(site.knex, "setup", (trx) => trx("memberships").where({ user_id: leaver.id }).delete()),
      ).finally(() => api.process.kill("SIGCONT"));
      expect(await arrived(supervisor, message)).toHaveLength(1);
      expect(await copies(alert)).toHaveLength(2);
    },
  );

  it.each(["renew:begin", "renew:end"])(
    "comes to %s, when the attempt is made once, and is unknown",
    async (crashAt) => {
      const colleague = demoUser(demo, "clinician", 1);
      await aContactPoint(site, { person: colleague.user_id, channel: "pager", address: crashAt });
      pager.answer = () => "hang";
      let id = "";
      const pages = () => pager.pages.filter(({ notificationId }) => notificationId === id);
      await dies(crashAt, async () => {
        const { body } = await send(api.url, demo.api_key, {
          ...targetOf(colleague),
          channels: ["pager"],
          message: said(crashAt),
        });
        id = body.notification_id;
        await until("the attempt is made", async () => pages().length > 0);
        // Its outcome can't be written, so that the attempt lasts until its claim is renewed.
        await actAs(site.knex, `worker:${id}`, async (trx) => {
          await trx("notifications").where({ id }).forUpdate();
          await worker.exited;
        });
      });
      await until("it is settled", async () => {
        const rows = await actAs(site.knex, `worker:${id}`, (trx) =>
          trx("deliveries").where({ notification_id: id, channel: "pager" }),
        );
        return rows.every(({ status }) => status === "unknown");
      });
      expect(pages()).toHaveLength(1);
      await actAs(site.knex, `user:${colleague.user_id}`, (trx) =>
        trx("contact_points").where({ user_id: colleague.user_id, channel: "pager" }).delete(),
      );
    },
  );
});

describe("of the API, as it", () => {
  it.each(["cancel_broadcast:begin", "cancel_broadcast:end"])(
    "comes to %s, when the broadcast is taken back once",
    async (crashAt) => {
      const dying = await start({ role: "api", crashAt });
      const id = await broadcast(said(crashAt));
      await arrived(person, said(crashAt));
      const cancel = (url: string) => bySender(url, `/api/broadcasts/${id}/cancel`);
      await expect(cancel(dying.url)).rejects.toThrow();
      expect((await cancel(api.url)).status).toBe(200);
      for (const one of [person, supervisor])
        expect(await inInbox(one, said(crashAt))).toMatchObject([{ status: "cancelled" }]);
    },
  );

  it.each(["close_alert:begin", "close_alert:end"])(
    "comes to %s, when the alert is ended once",
    async (crashAt) => {
      const dying = await start({ role: "api", crashAt });
      const id = await escalated(said(crashAt));
      const close = (of: Person) =>
        of.fetch(`/api/unanswered/${id}/close`, {
          method: "POST",
          body: JSON.stringify({ reason: "seen to" }),
          headers: { "Content-Type": "application/json" },
        });
      await expect(close(supervisor.at(dying.url))).rejects.toThrow();
      expect((await close(supervisor)).status).toBe(crashAt === "close_alert:end" ? 404 : 204);
      const { events } = await supervisor.timeline(id);
      expect(events.filter(({ status }) => status === "closed")).toHaveLength(1);
    },
  );

  it.each(["close_copies:begin", "close_copies:end"])(
    "comes to %s, when the acknowledgement stands and the copies are closed",
    async (crashAt) => {
      const dying = await start({ role: "api", crashAt });
      const id = await escalated(said(crashAt));
      await expect(person.at(dying.url).act(id, "acknowledge")).rejects.toThrow();
      await until("the copy is closed", async () =>
        (await inInbox(supervisor, said(crashAt))).every(({ status }) => status === "acknowledged"),
      );
      const { events } = await person.timeline(id);
      expect(events.filter(({ status }) => status === "acknowledged")).toHaveLength(1);
    },
  );

  it.each(["follow:begin", "follow:end"])(
    "comes to %s, when the copies of an alert whose acknowledgement was taken back are open again",
    async (crashAt) => {
      const id = await escalated(said(crashAt));
      const copiesAre = async (isClosed: boolean) =>
        (await inInbox(supervisor, said(crashAt))).every(
          ({ status }) => (status === "acknowledged") === isClosed,
        );
      expect((await person.act(id, "acknowledge")).status).toBe(200);
      await until("the copy is closed", () => copiesAre(true));
      // From here on: the relay of each node looks after copies that are to be closed, too.
      const dying = await start({ role: "api", crashAt });
      await expect(person.at(dying.url).act(id, "unacknowledge")).rejects.toThrow();
      await until("the copy is open again", () => copiesAre(false));
      expect(await times(id, "unacknowledged")).toBe(1);
    },
  );

  it.each(["follow:begin", "follow:end"])(
    "comes to %s, when an alert that was taken back or closed is so for those who were told of it, too",
    async (crashAt) => {
      const [taken, closed] = [
        await escalated(`${said(crashAt)}, taken`),
        await escalated(`${said(crashAt)}, closed`),
      ];
      const ends = {
        cancelled: async (url: string) => await bySender(url, `/api/notifications/${taken}/cancel`),
        closed: async (url: string) =>
          await supervisor.at(url).fetch(`/api/unanswered/${closed}/close`, {
            method: "POST",
            body: JSON.stringify({ reason: "seen to" }),
            headers: { "Content-Type": "application/json" },
          }),
      };
      for (const end of Object.values(ends)) {
        const dying = await start({ role: "api", crashAt });
        await expect(end(dying.url)).rejects.toThrow();
      }
      await until("the copies are ended", async () => {
        const [those, others] = [await copies(taken), await copies(closed)];
        return (
          those.every(({ status }) => status === "cancelled") && others.every((one) => one.closed_at !== null)
        );
      });
      expect([await times(taken, "cancelled"), await times(closed, "closed")]).toEqual([1, 1]);
      expect([(await copies(taken)).length, (await copies(closed)).length]).toEqual([1, 1]);
    },
  );

  it.each(["hold_anew:begin", "hold_anew:end"])(
    "comes to %s, when whoever switched their quiet hours off does so again",
    async (crashAt) => {
      const colleague = demoUser(demo, "clinician", 1);
      await aContactPoint(site, { person: colleague.user_id, channel: "pager", address: crashAt });
      pager.answer = () => 202;
      const reader = await Person.signIn(api.url, colleague);
      const clock = (hours: number): string =>
        new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
      const wanted = { all: { pager: true } };
      await aWish(site, colleague.user_id, { wanted, quiet_hours: { start: clock(-2), end: clock(8) } });
      const { body } = await send(api.url, demo.api_key, {
        ...targetOf(colleague),
        ...{ channels: ["pager"], message: said(crashAt) },
      });
      const id = body.notification_id;
      const deliveries = async () =>
        (await reader.timeline(id)).deliveries.map(({ status, reason }) => [status, reason]);
      await expect.poll(deliveries, { timeout: 60_000 }).toEqual([["queued", "quiet_hours"]]);
      const dying = await start({ role: "api", crashAt });
      const switchOff = (url: string) =>
        reader.at(url).fetch("/api/preferences", {
          method: "PUT",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ wanted, quiet_hours: null }),
        });
      await expect(switchOff(dying.url)).rejects.toThrow();
      expect((await switchOff(api.url)).status).toBe(200);
      await expect.poll(deliveries, { timeout: 60_000 }).toEqual([["accepted", null]]);
      expect(pager.pages.filter(({ notificationId }) => notificationId === id)).toHaveLength(1);
      await actAs(site.knex, `user:${colleague.user_id}`, (trx) =>
        trx("contact_points").where({ user_id: colleague.user_id, channel: "pager" }).delete(),
      );
    },
  );

  it.each(["put_back:begin", "put_back:end"])(
    "comes to %s, when what was dismissed is brought back once",
    async (crashAt) => {
      const dying = await start({ role: "api", crashAt });
      const { body } = await send(api.url, demo.api_key, {
        ...targetOf(demoUser(demo, "clinician")),
        message: said(crashAt),
      });
      await arrived(person, said(crashAt));
      expect((await person.act(body.notification_id, "dismiss")).status).toBe(200);
      await expect(person.at(dying.url).act(body.notification_id, "restore")).rejects.toThrow();
      expect((await person.act(body.notification_id, "restore")).status).toBe(200);
      expect(await times(body.notification_id, "restored")).toBe(1);
    },
  );

  it.each(["count_acknowledged:begin", "count_acknowledged:end"])(
    "comes to %s, when those who acknowledged a broadcast are counted all the same",
    async (crashAt) => {
      const dying = await start({ role: "api", crashAt });
      const id = await broadcast(said(crashAt), { priority: "critical", role: "clinician" });
      await dying.exited;
      const clinicians = [person, await Person.signIn(api.url, demoUser(demo, "clinician", 1))];
      for (const one of clinicians) {
        const [own] = await arrived(one, said(crashAt));
        expect((await one.act(must(own, "notification").notification_id, "acknowledge")).status).toBe(200);
      }
      await until("nobody is waited for", async () => {
        const answer = await supervisor.fetch("/api/unanswered");
        const { unanswered } = JSON.parse(await answer.text());
        return unanswered.every((one: { notification_id: string }) => one.notification_id !== id);
      });
    },
  );

  /** An alert to the clinician by screen and pager, which the pager has taken and nobody else is told of. */
  async function paged(message: string): Promise<{ id: string; deliveryId: string }> {
    const steps = [{ after_seconds: 600, to: { role: "supervisor" as const } }];
    const rules = { steps, repeat: 0, acknowledgers: 1, complete_minutes: 30 };
    const policy = await aPolicy(site, { territory, rules });
    const { body } = await send(api.url, demo.api_key, {
      ...targetOf(demoUser(demo, "clinician")),
      ...{ priority: "critical", channels: ["pager", "websocket"], escalation_policy_id: policy, message },
    });
    const id = body.notification_id;
    await arrived(person, message);
    const deliveryId = await until("the pager took it", async () =>
      (await person.timeline(id)).deliveries.some(
        (one) => one.channel === "pager" && one.status === "accepted",
      )
        ? pager.pages.find(({ notificationId }) => notificationId === id)?.deliveryId
        : undefined,
    );
    return { id, deliveryId };
  }
  /** How often it happened to the clinician's notification. */
  const times = async (id: string, what: string) =>
    (await person.timeline(id)).events.filter(({ status }) => status === what).length;

  describe("with a pager", () => {
    const pagerOf = () => ({ user_id: demoUser(demo, "clinician").user_id, channel: "pager" });
    beforeAll(async () => {
      pager.answer = () => 202;
      await aContactPoint(site, { person: pagerOf().user_id, channel: "pager", address: "answers" });
    });
    afterAll(() =>
      actAs(site.knex, `user:${pagerOf().user_id}`, (trx) => trx("contact_points").where(pagerOf()).delete()),
    );

    it.each(["take_answer:begin", "take_answer:end", "note_answer:begin", "note_answer:end"])(
      "comes to %s, when the answer counts once",
      async (crashAt) => {
        const dying = await start({ role: "api", crashAt });
        const { id, deliveryId } = await paged(said(crashAt));
        const answer = (url: string) =>
          fetch(`${url}/api/channels/pager/status`, {
            method: "POST",
            body: JSON.stringify({ answerId: crashAt, answer: "acknowledge", to: { deliveryId } }),
          });
        await expect(answer(dying.url)).rejects.toThrow();
        expect((await answer(api.url)).status).toBe(204);
        expect(await times(id, "acknowledged")).toBe(1);
        expect(await inInbox(person, said(crashAt))).toMatchObject([{ status: "acknowledged" }]);
        const noted = await actAs(site.knex, "callback:pager", (trx) =>
          trx("channel_answers").where({ answer_id: crashAt }).select("outcome"),
        );
        expect(noted).toEqual([{ outcome: "acknowledged" }]);
      },
    );

    it.each([
      ["complete:begin", "completed"],
      ["complete:end", "completed"],
      ["unacknowledge:begin", "unacknowledged"],
      ["unacknowledge:end", "unacknowledged"],
    ])("comes to %s, when the alert is %s once", async (crashAt, what) => {
      const dying = await start({ role: "api", crashAt });
      const { id } = await paged(said(crashAt));
      expect((await person.act(id, "acknowledge")).status).toBe(200);
      const kind = what === "completed" ? "complete" : "unacknowledge";
      await expect(person.at(dying.url).act(id, kind)).rejects.toThrow();
      expect((await person.act(id, kind)).status).toBe(200);
      expect(await times(id, what)).toBe(1);
    });

    it.each(["redrive:begin", "redrive:end"])(
      "comes to %s, when what failed is made again once",
      async (crashAt) => {
        const dying = await start({ role: "api", crashAt });
        pager.answer = () => 400;
        const { body } = await send(api.url, demo.api_key, {
          ...targetOf(demoUser(demo, "clinician")),
          ...{ channels: ["pager"], message: said(crashAt) },
        });
        const id = body.notification_id;
        const attempts = async () =>
          (await person.timeline(id)).deliveries.filter(({ channel }) => channel === "pager");
        const failed = await until("the pager refused it", async () =>
          (await attempts()).find(({ status }) => status === "failed"),
        );
        pager.answer = () => 202;
        const redrive = (by: Person) =>
          by.fetch(`/api/failed-work/${failed.delivery_id}/redrive`, { method: "POST" });
        await expect(redrive(supervisor.at(dying.url))).rejects.toThrow();
        const isDone = crashAt === "redrive:end";
        expect(await attempts()).toHaveLength(isDone ? 2 : 1);
        if (!isDone) expect((await redrive(supervisor)).status).toBe(204);
        await until("the pager took it", async () =>
          (await attempts()).some(({ status }) => status === "accepted"),
        );
        expect(await attempts()).toHaveLength(2);
        expect(pager.pages.filter((page) => page.notificationId === id)).toHaveLength(2);
      },
    );

    it.each(["reminded:begin", "reminded:end"])(
      "comes to %s, when who took it over is reminded once",
      async (crashAt) => {
        const { id } = await paged(said(crashAt));
        expect((await person.act(id, "acknowledge")).status).toBe(200);
        const reminders = () => inInbox(person, REMINDER);
        const before = (await reminders()).length;
        await api.crashAt(crashAt);
        await actAs(site.knex, `worker:${id}`, (trx) =>
          trx("notifications")
            .where({ id })
            .whereNotNull("remind_at")
            .update({ remind_at: trx.raw("clock_timestamp()") }),
        );
        await api.exited;
        api = await site.start({ role: "api" });
        [person, supervisor] = [person.at(api.url), supervisor.at(api.url)];
        await until("it is noted", async () => (await times(id, "reminded")) > 0);
        expect(await times(id, "reminded")).toBe(1);
        await expect.poll(async () => (await reminders()).length).toBe(before + 1);
      },
    );
  });
});

describe("of a node that tells services, as it", () => {
  let receiver: Receiver;
  /** The only node, which dies in a test; another one is started then, and dies in the next test. */
  let node: Program;
  beforeAll(async () => {
    await Promise.all([api.stop(), worker.stop()]);
    node = await site.start();
    person = person.at(node.url);
    receiver = await openReceiver(site, ["notification.cancelled"]);
  });
  afterAll(() => receiver.close());

  /** What the dead node has claimed is due again a minute after its claim, which is waited for by moving it. */
  async function endClaims(): Promise<void> {
    await actAs(site.knex, "announcer", async (trx) => {
      const claims = await trx("webhook_deliveries").where({ status: "queued" }).select("next_attempt_at");
      for (const { next_attempt_at } of claims)
        expect(next_attempt_at.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
      await trx("webhook_deliveries").where({ status: "queued" }).update({ next_attempt_at: new Date() });
    });
  }

  it.each([
    ["derive_events:begin", 1],
    ["derive_events:end", 1],
    ["claim_webhook:begin", 1],
    ["claim_webhook:end", 1],
    ["settle_webhook:begin", 2],
    ["settle_webhook:end", 1],
  ])("comes to %s, when the event is one, in %d calls", async (crashAt, calls) => {
    const { body } = await send(node.url, demo.api_key, {
      ...targetOf(demoUser(demo, "clinician")),
      message: said(crashAt),
    });
    const id = body.notification_id;
    await arrived(person, said(crashAt));
    await until("nothing more happens to it", async () => {
      const { deliveries } = await person.timeline(id);
      return (
        deliveries.length > 0 && deliveries.every(({ status }) => status !== "queued" && status !== "claimed")
      );
    });
    await until("no event is left to make", async () => (await lookAhead(site.knex)) === null);
    await node.crashAt(crashAt);
    await bySender(node.url, `/api/notifications/${id}/cancel`).catch(() => undefined);
    await node.exited;
    await endClaims();
    node = await site.start();
    person = person.at(node.url);
    const about = () => receiver.heard.filter((one) => one.about === id);
    await until("the service has heard", async () => about().length === calls);
    expect(new Set(about().map(({ webhookId }) => webhookId)).size).toBe(1);
  });
});

it("every transition that writes and is called by itself was among them", () => {
  const folder = join(import.meta.dirname, "../store/transitions");
  const texts = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith(".sql"))
      .map((file) => [file.slice(0, -".sql".length), readFileSync(join(folder, file), "utf8")]),
  );
  const partsOf = (name: string, text: string): string[] =>
    [...text.matchAll(/@([a-z_]+)/g)].flatMap(([, other = ""]) => (other === name ? [] : other));
  // Parts of others begin and end within them.
  const parts = new Set([...texts].flatMap(([name, text]) => partsOf(name, text)));
  /** One that does nothing but call others writes what these do. */
  const writes = (name: string): boolean => {
    const text = texts.get(name) ?? "";
    return /\b(INSERT INTO|UPDATE public|DELETE FROM)\b/.test(text) || partsOf(name, text).some(writes);
  };
  const expected = [...texts.keys()].flatMap((name) =>
    !parts.has(name) && writes(name) ? [`${name}:begin`, `${name}:end`] : [],
  );
  const tested = ["crash.test.ts", "crash-others.test.ts"].flatMap((file) =>
    [...readFileSync(join(import.meta.dirname, file), "utf8").matchAll(/"([a-z_]+:(?:begin|end))"/g)].map(
      ([, place = ""]) => place,
    ),
  );
  expect(expected.length).toBeGreaterThan(30);
  expect(expected.filter((place) => !tested.includes(place))).toEqual([]);
});
