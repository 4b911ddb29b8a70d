import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { must } from "../config/must.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { aContactPoint, aPolicy } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { type PagerServer, startPager } from "../tools/pager/server.ts";

/** Within 30 s of the next start delivery has resumed; a start may take 5 s of them. ms. */
const RESUMED = 25_000;

/** Whatever dies, and whenever: an accepted notification is in the inbox once, within 30 s of the next start. */
describe("after a crash", () => {
  let site: Site;
  let pager: PagerServer;
  let api: Program;
  let demo: Demo;
  let person: Person;
  let live: LiveClient;
  const started: Program[] = [];

  beforeAll(async () => {
    [site, pager] = await Promise.all([createSite(), startPager()]);
    Object.assign(site.env, pager.env);
    api = await site.start({ role: "api" });
    demo = await site.demo();
    person = await Person.signIn(api.url, demoUser(demo, "clinician"));
    live = await new LiveClient(person).connected();
  });
  afterEach(async () => {
    live.confirm(true);
    await Promise.all(started.splice(0).map((node) => node.kill()));
  });
  afterAll(async () => {
    await live.stop();
    await site.close();
    await pager.close();
  });

  /** Starts a node that lasts for one test. */
  async function start(options: Parameters<Site["start"]>[0]): Promise<Program> {
    const node = await site.start(options);
    started.push(node);
    return node;
  }

  /** A test's place in words: "Begin" alone is a name, too. */
  const said = (place: string): string => place.replace(/^(\w+):(begin|end)$/, "$2 of $1");

  const post = async (message: string, extra: object = {}, url = api.url, headers = {}) => {
    const target = targetOf(demoUser(demo, "clinician"));
    const { status, body } = await send(
      url,
      demo.api_key,
      { ...target, message: said(message), ...extra },
      headers,
    );
    expect(status).toBe(202);
    return body.notification_id;
  };

  const postBulk = (notifications: object[], url = api.url, headers = {}): Promise<Response> =>
    fetch(`${url}/api/notifications/send-bulk`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${demo.api_key}`,
        "Content-Type": "application/json",
        ...headers,
      },
      body: JSON.stringify({ notifications }),
    });

  const inInbox = async (of: Person, message: string) =>
    (await of.inbox()).filter((one) => one.message === said(message));

  /** How often the notification's timeline says that it came to a state. */
  const timesOf = async (id: string, state: string): Promise<number> =>
    (await person.timeline(id)).events.filter(({ status }) => status === state).length;

  /** The inbox holds it once, the socket showed it once, and its delivery came to an end. */
  async function arrivesOnce(message: string): Promise<string> {
    const found = await until(
      `"${message}" is in the inbox`,
      async () => {
        const all = await inInbox(person, message);
        return all.length > 0 && all;
      },
      RESUMED,
    );
    expect(found).toHaveLength(1);
    const id = must(found[0], "notification").notification_id;
    await live.sees(id, RESUMED);
    await until(
      "its delivery is recorded",
      async () => (await person.timeline(id)).deliveries[0]?.status === "delivered",
      RESUMED,
    );
    expect(live.shown.filter(({ notification_id }) => notification_id === id)).toHaveLength(1);
    return id;
  }

  /** What nothing has begun is looked at 10 s after it was planned, which is waited for by moving it. */
  async function untilLookedAt(id: string): Promise<void> {
    await actAs(site.knex, `worker:${id}`, async (trx) => {
      const left = trx("deliveries").where({ notification_id: id, status: "queued" });
      const [{ now }] = (await trx.raw("SELECT clock_timestamp() AS now")).rows;
      for (const { next_check_at } of await left.clone().select("next_check_at"))
        expect(next_check_at - now).toBeLessThanOrEqual(10_000);
      await left.update({ next_check_at: now });
    });
  }

  describe("of the worker, as it", () => {
    /** It dies in a test; the next one is started then, and dies in the next test. */
    let worker: Program;
    beforeAll(async () => {
      worker = await site.start({ role: "worker" });
    });
    afterAll(() => worker.kill());

    /** Does what the worker dies of; resolves once the next one has started. */
    async function dies<Done>(crashAt: string, act: () => Promise<Done>): Promise<Done> {
      await worker.crashAt(crashAt);
      const done = await act();
      await worker.exited;
      worker = await site.start({ role: "worker" });
      return done;
    }

    it.each(["arrive:begin", "arrive:end"])("comes to %s", async (crashAt) => {
      await dies(crashAt, () => post(crashAt));
      await arrivesOnce(crashAt);
    });

    // A receipt, which needs no worker, would settle the delivery: it comes once the next worker is at it.
    it.each([
      ["claim:begin", 1],
      ["claim:end", 2],
      ["settle:begin", 2],
      ["settle:end", 1],
    ])("comes to %s, when the delivery is tried %d times in all", async (crashAt, attempts) => {
      live.confirm(false);
      const id = await dies(crashAt, () => post(crashAt));
      await until("it is attempted", async () => {
        const [delivery] = (await person.timeline(id)).deliveries;
        return delivery?.attempts === attempts && delivery.status !== "queued";
      });
      live.confirm(true);
      await arrivesOnce(crashAt);
    });

    it.each([
      ...["bulk_intake:end", "arrive_each:begin", "arrive_each:end", "bulk_left:begin", "bulk_left:end"],
      ...["bulk_told:begin", "bulk_told:end"],
    ])(
      "comes to %s, when each item of a bulk arrives once, those with workflows of their own too",
      async (crashAt) => {
        const messages = ["first", "of a problem", "critical", "last"].map(
          (one) => `${one} before the ${said(crashAt)}`,
        );
        const more = [{}, { dedup_key: `bulk-${crashAt}` }, { priority: "critical" }, {}];
        const target = targetOf(demoUser(demo, "clinician"));
        const notifications = messages.map((message, n) => ({ ...target, message, ...more[n] }));
        await dies(crashAt, async () => {
          expect((await postBulk(notifications)).status).toBe(202);
        });
        for (const message of messages) await arrivesOnce(message);
      },
    );

    it.each(["join_alert:begin", "join_alert:end"])(
      "comes to %s, when a repeat joins its alert once and is shown",
      async (crashAt) => {
        const opening = `first, before the ${said(crashAt)}`;
        await post(opening, { dedup_key: crashAt });
        const id = await arrivesOnce(opening);
        const repeat = await dies(crashAt, () => post(crashAt, { dedup_key: crashAt }));
        const shown = () =>
          live.frames.filter(
            ({ notification: { notification_id, times } }) => notification_id === id && times > 1,
          );
        await until("the repeat is shown", () => shown().length > 0, RESUMED);
        expect(shown()).toMatchObject([{ notification: { times: 2, message: said(crashAt) } }]);
        expect(await inInbox(person, crashAt)).toMatchObject([{ notification_id: id, times: 2 }]);
        expect(await timesOf(id, "repeated")).toBe(1);
        expect((await person.fetch(`/api/notifications/${repeat}`)).status).toBe(404);
        await fetch(`${api.url}/api/alerts/${crashAt}/resolve`, {
          method: "POST",
          headers: { Authorization: `Bearer ${demo.api_key}` },
        });
      },
    );

    it.each(["tell_people:begin", "tell_people:end", "escalate:begin", "escalate:end"])(
      "comes to %s, when the step is taken once",
      async (crashAt) => {
        const territory = must(demoUser(demo, "clinician").territory_id, "territory");
        const steps = [{ after_seconds: 1, to: { role: "supervisor" as const } }];
        const policy = await aPolicy(site, { territory, rules: { steps, repeat: 0, acknowledgers: 1 } });
        const supervisor = await Person.signIn(api.url, demoUser(demo, "supervisor"));
        const critical = { priority: "critical", escalation_policy_id: policy };
        const id = await dies(crashAt, () => post(crashAt, critical));
        await until("the supervisor has a copy", async () => (await inInbox(supervisor, crashAt)).length > 0);
        await until("the step is taken", async () => (await timesOf(id, "escalated")) > 0);
        const rounds = await actAs(site.knex, `worker:${id}`, (trx) =>
          trx("deliveries")
            .join("notifications", "notifications.id", "notification_id")
            .where({ escalated_from: id, "notifications.user_id": demoUser(demo, "supervisor").user_id })
            .distinct("round"),
        );
        expect(rounds).toHaveLength(1);
        expect((await person.act(id, "acknowledge")).status).toBe(200);
        await until("the copy is closed", async () =>
          (await inInbox(supervisor, crashAt)).every(({ status }) => status === "acknowledged"),
        );
        expect(await inInbox(supervisor, crashAt)).toHaveLength(1);
      },
    );
  });

  describe("of the API, as it", () => {
    let worker: Program;
    beforeAll(async () => {
      worker = await site.start({ role: "worker" });
      const { user_id } = demoUser(demo, "clinician", 1);
      await aContactPoint(site, { person: user_id, channel: "pager", address: "pager-1" });
      pager.answer = () => 202;
    });
    afterAll(() => worker.kill());

    it("comes to accept:begin, when the caller's next try with its key is one send", async () => {
      const dying = await start({ role: "api", crashAt: "accept:begin" });
      const key = { "Idempotency-Key": "asked-twice" };
      await expect(post("asked twice", {}, dying.url, key)).rejects.toThrow();
      await post("asked twice", {}, api.url, key);
      await arrivesOnce("asked twice");
    });

    it("comes to accept:end, though its answer is lost", async () => {
      const dying = await start({ role: "api", crashAt: "accept:end" });
      await expect(post("committed, not answered", {}, dying.url)).rejects.toThrow();
      await arrivesOnce("committed, not answered");
    });

    it.each(["accept_each:begin", "accept_each:end"])(
      "comes to %s, when each item of the bulk that its caller sends again arrives once",
      async (crashAt) => {
        const dying = await start({ role: "api", crashAt });
        const messages = ["one", "two"].map((one) => `${one} of a bulk before the ${said(crashAt)}`);
        const target = targetOf(demoUser(demo, "clinician"));
        const notifications = messages.map((message) => ({ ...target, message }));
        const key = { "Idempotency-Key": crashAt };
        await expect(postBulk(notifications, dying.url, key)).rejects.toThrow();
        expect((await postBulk(notifications, api.url, key)).status).toBe(202);
        for (const message of messages) await arrivesOnce(message);
      },
    );

    it.each(["receive:begin", "receive:end"])("comes to %s", async (crashAt) => {
      const dying = await start({ role: "api" });
      live.moveTo(person.at(dying.url));
      await live.connected();
      // Not before: what came last may be confirmed once more as it connects.
      await dying.crashAt(crashAt);
      await post(crashAt);
      await dying.exited;
      live.moveTo(person);
      await arrivesOnce(crashAt);
    });

    it.each(["act:begin", "act:end"])("comes to %s, when an act is on record once", async (crashAt) => {
      const dying = await start({ role: "api", crashAt });
      const id = await arrivesOnce((await post(crashAt), crashAt));
      await expect(person.at(dying.url).act(id, "acknowledge")).rejects.toThrow();
      const isDone = crashAt === "act:end";
      expect(await inInbox(person, crashAt)).toMatchObject([
        { status: isDone ? "acknowledged" : "delivered" },
      ]);
      expect((await person.act(id, "acknowledge")).status).toBe(200);
      expect(await timesOf(id, "acknowledged")).toBe(1);
    });

    it.each(["cancel:begin", "cancel:end"])(
      "comes to %s, when a send is taken back once",
      async (crashAt) => {
        const dying = await start({ role: "api", crashAt });
        const id = await arrivesOnce((await post(crashAt), crashAt));
        const cancel = (url: string) =>
          fetch(`${url}/api/notifications/${id}/cancel`, {
            method: "POST",
            headers: { Authorization: `Bearer ${demo.api_key}` },
          });
        await expect(cancel(dying.url)).rejects.toThrow();
        const isDone = crashAt === "cancel:end";
        expect(await timesOf(id, "cancelled")).toBe(isDone ? 1 : 0);
        expect((await cancel(api.url)).status).toBe(200);
        expect(await inInbox(person, crashAt)).toMatchObject([{ status: "cancelled" }]);
        expect(await timesOf(id, "cancelled")).toBe(1);
      },
    );

    it.each(["resolve:begin", "resolve:end"])(
      "comes to %s, when a problem is resolved once",
      async (crashAt) => {
        const dying = await start({ role: "api", crashAt });
        const id = await arrivesOnce((await post(crashAt, { dedup_key: crashAt }), crashAt));
        const resolve = (url: string) =>
          fetch(`${url}/api/alerts/${crashAt}/resolve`, {
            method: "POST",
            headers: { Authorization: `Bearer ${demo.api_key}` },
          });
        await expect(resolve(dying.url)).rejects.toThrow();
        expect(await timesOf(id, "resolved")).toBe(crashAt === "resolve:end" ? 1 : 0);
        expect((await resolve(api.url)).status).toBe(200);
        expect(await timesOf(id, "resolved")).toBe(1);
      },
    );

    it.each(["redeliver:begin", "redeliver:end"])(
      "comes to %s, when a delivery is made once more",
      async (crashAt) => {
        const dying = await start({ role: "api", crashAt });
        const id = await arrivesOnce((await post(crashAt), crashAt));
        const supervisor = await Person.signIn(api.url, demoUser(demo, "supervisor"));
        const [first] = (await person.timeline(id)).deliveries;
        const redeliveries = async () =>
          (await person.timeline(id)).deliveries.filter((one) => one.redelivery_of === first?.delivery_id);
        const redeliver = (by: Person) =>
          by.fetch(`/api/deliveries/${first?.delivery_id}/redeliver`, { method: "POST" });
        await expect(redeliver(supervisor.at(dying.url))).rejects.toThrow();
        const isDone = crashAt === "redeliver:end";
        expect(await redeliveries()).toHaveLength(isDone ? 1 : 0);
        if (!isDone) expect((await redeliver(supervisor)).status).toBe(202);
        else await untilLookedAt(id);
        await until("it is made", async () => (await redeliveries())[0]?.attempts === 1, RESUMED);
        expect(await redeliveries()).toHaveLength(1);
      },
    );

    it.each(["report:begin", "report:end"])(
      "comes to %s, when the provider's next try is one report, and the next channel takes over once",
      async (crashAt) => {
        const colleague = demoUser(demo, "clinician", 1);
        const reader = await Person.signIn(api.url, colleague);
        const dying = await start({ role: "api", crashAt });
        const id = await post(crashAt, { ...targetOf(colleague), channels: ["pager", "websocket"] });
        const states = async () =>
          (await reader.timeline(id)).deliveries.map(({ channel, status }) => `${channel} ${status}`);
        await until(
          "the pager has it",
          async () => (await states()).join() === "pager accepted,websocket skipped",
        );
        const providerId = pager.pages.find(({ notificationId }) => notificationId === id)?.idempotencyKey;
        const report = (url: string) =>
          fetch(`${url}/api/channels/pager/status`, {
            method: "POST",
            body: JSON.stringify({ providerId, outcome: "failed", code: "lost" }),
          });
        await expect(report(dying.url)).rejects.toThrow();
        expect((await report(api.url)).status).toBe(204);
        await until(
          "the next channel has taken over",
          async () => (await states()).join() === "pager failed,websocket skipped,websocket skipped",
          RESUMED,
        );
        const { events } = await reader.timeline(id);
        expect(
          events.filter(({ status, channel }) => status === "failed" && channel === "pager"),
        ).toHaveLength(1);
      },
    );
  });

  describe("of a node that is alone, as its relay", () => {
    it.each(["expire:begin", "expire:end"])(
      "comes to %s, when the notification ends once",
      async (crashAt) => {
        await api.stop();
        const dying = await start({ crashAt });
        person = person.at(dying.url);
        live.moveTo(person);
        const id = await arrivesOnce((await post(crashAt, {}, dying.url), crashAt));
        await actAs(site.knex, `worker:${id}`, (trx) =>
          trx("notifications").where({ id }).update({ expires_at: new Date() }),
        );
        await dying.exited;
        api = await site.start({ role: "api" });
        person = person.at(api.url);
        live.moveTo(person);
        await until("it has expired", async () =>
          (await inInbox(person, crashAt)).every(({ status }) => status === "expired"),
        );
        expect(await inInbox(person, crashAt)).toHaveLength(1);
        expect(await timesOf(id, "expired")).toBe(1);
      },
    );
  });

  it("with two relays at once", async () => {
    await api.stop();
    const away = await start({ role: "api", env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } });
    await post("for two relays", {}, away.url);
    const [first] = await Promise.all([start({}), start({}), away.stop()]);
    person = person.at(first.url);
    live.moveTo(person);
    await arrivesOnce("for two relays");
    api = await site.start({ role: "api" });
    person = person.at(api.url);
    live.moveTo(person);
  });

  describe("of a workflow, terminated by hand", () => {
    let connection: Connection;
    beforeAll(async () => {
      connection = await Connection.connect({ address: inject("temporalAddress") });
    });
    afterAll(() => connection.close());

    const terminate = (id: string) => new Client({ connection }).workflow.getHandle(id).terminate("by hand");

    it("before it persisted", async () => {
      const id = await post("terminated before");
      // It is answered for before Temporal has it.
      await until("its workflow is there", () =>
        terminate(id).then(
          () => true,
          (error: unknown) => {
            if (error instanceof WorkflowNotFoundError) return false;
            throw error;
          },
        ),
      );
      await start({ role: "worker" });
      await arrivesOnce("terminated before");
    });

    it("after it persisted", async () => {
      const worker = await start({ role: "worker", crashAt: "arrive:end" });
      const id = await post("terminated after");
      await worker.exited;
      await terminate(id);
      await start({ role: "worker" });
      await arrivesOnce("terminated after");
    });
  });
});
