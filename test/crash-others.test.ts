import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createWebhooks } from "../api/webhooks/hooks.ts";
import { must } from "../config/must.ts";
import { parseEnv } from "../config/env.ts";
import { createVault } from "../store/crypto/vault.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { lookAhead } from "../store/webhooks/derive.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { aContactPoint, aPolicy } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
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

/** In words, as in crash.test.ts: parts of it alone are names, too. */
const said = (place: string): string => place.replace(/^(\w+):(begin|end)$/, "$2 of $1");

describe("of the worker, as it", () => {
  // Beside the worker that lasts, a dying one may not get the work: that one rests meanwhile.
  beforeAll(() => worker.stop());
  afterAll(async () => {
    worker = await site.start({ role: "worker" });
  });

  it.each(["tell_page:begin", "tell_page:end"])(
    "comes to %s, when everybody has the broadcast once",
    async (crashAt) => {
      // "Page" is a name, and would be redacted.
      const message = crashAt.endsWith("begin") ? "before all are told" : "after all are told";
      const dying = await start({ role: "worker", crashAt });
      await broadcast(message);
      await dying.exited;
      await start({ role: "worker" });
      for (const one of [person, supervisor]) expect(await arrived(one, message)).toHaveLength(1);
    },
  );

  it.each(["renew:begin", "renew:end"])(
    "comes to %s, when the attempt is made once, and is unknown",
    async (crashAt) => {
      const colleague = demoUser(demo, "clinician", 1);
      await aContactPoint(site, { person: colleague.user_id, channel: "pager", address: crashAt });
      pager.answer = () => "hang";
      const dying = await start({ role: "worker", crashAt });
      const { body } = await send(api.url, demo.api_key, {
        ...targetOf(colleague),
        channels: ["pager"],
        message: said(crashAt),
      });
      const id = body.notification_id;
      const pages = () => pager.pages.filter(({ notificationId }) => notificationId === id);
      await until("the attempt is made", async () => pages().length > 0);
      // Its outcome can't be written, so that the attempt lasts until its claim is renewed.
      await actAs(site.knex, `worker:${id}`, async (trx) => {
        await trx("notifications").where({ id }).forUpdate();
        await dying.exited;
      });
      await start({ role: "worker" });
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
});

describe("of a node that tells services, as it", () => {
  let receiver: Server;
  const got: { id: string; type: string; about: string }[] = [];
  beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      const { type, data } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      got.push({ id: String(request.headers["webhook-id"]), type, about: data.notification_id });
      response.writeHead(204).end();
    });
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const { port } = receiver.address() as AddressInfo;
    const vault = createVault(parseEnv(site.env).masterKeys);
    const hooks = createWebhooks({ knex: site.knex, vault, privateHosts: ["127.0.0.1"] });
    const admin = { userId: demoUser(demo, "admin").user_id } as Parameters<typeof hooks.create>[0];
    const [service] = await actAs(site.knex, `user:${admin.userId}`, (trx) => trx("services").select("id"));
    await hooks.create(admin, {
      service_id: must(service, "service").id,
      url: `http://127.0.0.1:${port}/hook`,
      types: ["notification.cancelled"],
    });
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  it.each([
    ["derive_events:begin", 1],
    ["derive_events:end", 1],
    ["claim_webhook:begin", 1],
    ["claim_webhook:end", 1],
    ["settle_webhook:begin", 2],
    ["settle_webhook:end", 1],
  ])("comes to %s, when the event is one, in %d calls", async (crashAt, calls) => {
    const { body } = await send(api.url, demo.api_key, {
      ...targetOf(demoUser(demo, "clinician")),
      message: said(crashAt),
    });
    const id = body.notification_id;
    await arrived(person, said(crashAt));
    await until("no event is left to make", async () => (await lookAhead(site.knex)) === null);
    await Promise.all([api.stop(), worker.stop()]);
    const dying = await start({ role: "api", crashAt });
    await bySender(dying.url, `/api/notifications/${id}/cancel`).catch(() => undefined);
    await dying.exited;
    [api, worker] = await Promise.all([site.start({ role: "api" }), site.start({ role: "worker" })]);
    person = person.at(api.url);
    const about = () => got.filter((one) => one.about === id);
    await until("the service has heard", async () => about().length === calls);
    expect(new Set(about().map((one) => one.id)).size).toBe(1);
  });
});

it("every transition that writes and is called by itself was among them", () => {
  const folder = join(import.meta.dirname, "../store/transitions");
  const texts = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith(".sql"))
      .map((file) => [file.slice(0, -".sql".length), readFileSync(join(folder, file), "utf8")]),
  );
  // Parts of others begin and end within them.
  const parts = new Set(
    [...texts].flatMap(([name, text]) =>
      [...text.matchAll(/@([a-z_]+)/g)].flatMap(([, other = ""]) => (other === name ? [] : other)),
    ),
  );
  const writes =
    /\b(INSERT INTO|UPDATE public|DELETE FROM)\b|@(withdraw|put_on_record|finish_attempt|stamp_changes)\b/;
  const expected = [...texts].flatMap(([name, text]) =>
    !parts.has(name) && writes.test(text) ? [`${name}:begin`, `${name}:end`] : [],
  );
  const tested = ["crash.test.ts", "crash-others.test.ts"].flatMap((file) =>
    [...readFileSync(join(import.meta.dirname, file), "utf8").matchAll(/"([a-z_]+:(?:begin|end))"/g)].map(
      ([, place = ""]) => place,
    ),
  );
  expect(expected.length).toBeGreaterThan(30);
  expect(expected.filter((place) => !tested.includes(place))).toEqual([]);
});
