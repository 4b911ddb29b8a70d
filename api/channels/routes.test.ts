import { createServer, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { DateTime } from "luxon";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeliveryDto } from "../../channels/contract.ts";
import { callBack, callbackForm, signForm } from "../../plugins/sms/fixture/callback.ts";
import { advance, type MessageStatus } from "../../plugins/sms/fixture/message.ts";
import { startTwilio, type Twilio } from "../../plugins/sms/fixture/server.ts";
import type { Demo } from "../../store/demo.ts";
import type { Preferences } from "../../store/people/preferences.ts";
import { demoUser, Person, send } from "../../testing/client.ts";
import { type PagerServer, startPager } from "../../tools/pager/server.ts";
import type { Program } from "../../testing/program.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";
import { rawStatus } from "../../testing/raw.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { listen } from "../http/server.ts";

let twilio: Twilio;
let slow: Server;
/** Twilio's answers wait for this. */
let gate: Promise<void>;
/** Then they are lost. */
let losing: boolean;
let pager: PagerServer;
let site: Site;
let node: Program;
let demo: Demo;
let owner: pg.Client;
let supervisor: Person;
let clinician: Person;

beforeAll(async () => {
  twilio = await startTwilio();
  pager = await startPager();
  slow = createServer((request, response) => {
    const relay = async (): Promise<void> => {
      const { method = "GET", url = "/", headers } = request;
      const body = method === "POST" ? { body: new Uint8Array(await buffer(request)) } : {};
      const { authorization = "", "content-type": type = "" } = headers;
      const answer = await fetch(twilio.url + url, {
        method,
        headers: { authorization, "content-type": type },
        ...body,
      });
      await gate;
      if (losing && method === "POST") throw new Error("lost");
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    };
    relay().catch(() => response.destroy());
  });
  const port = await listen(slow, 0, "127.0.0.1");
  const [own = 0] = await freePorts(1);
  const { accountSid: account_sid, authToken: auth_token } = twilio;
  const sms = {
    base_url: `http://127.0.0.1:${port}`,
    account_sid,
    auth_token,
    from: "+15005550006",
    countries: ["US"],
  };
  site = await createSite({
    ...pager.env,
    CHANNEL_SMS: JSON.stringify(sms),
    PORT: String(own),
    PUBLIC_URL: `http://127.0.0.1:${own}`,
  });
  node = await site.start();
  demo = await site.demo();
  await aContactPoint(site, { person: "demo-clinician-1", channel: "sms", address: "+12025550123" });
  await aContactPoint(site, { person: "demo-clinician-1", channel: "pager", address: "made-up-pager-1" });
  supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
  clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  for (const table of ["audit_events", "early_reports"])
    await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
});
beforeEach(() => {
  gate = Promise.resolve();
  losing = false;
});
afterAll(async () => {
  await owner.end();
  await site.close();
  await pager.close();
  await twilio.close();
  slow.closeAllConnections();
  await new Promise((resolve) => slow.close(resolve));
});

/** Sends by SMS, the pager behind it; answers the notification and Twilio's message. */
async function text(message: string): Promise<{ id: string; sid: string }> {
  const body = {
    user_id: "demo-clinician-1",
    territory_id: "north-hospital",
    message,
    channels: ["sms", "pager"],
  };
  const { notification_id: id } = (await send(node.url, demo.api_key, body)).body;
  const sent = await until("Twilio has it", () => twilio.messages.find((one) => one.body.includes(message)));
  return { id, sid: sent.sid };
}
const timeline = (id: string) => supervisor.timeline(id);
const reaches = (id: string, ...statuses: string[]): Promise<DeliveryDto[]> =>
  until(`the deliveries of ${id} are ${statuses}`, async () => {
    const { deliveries } = await timeline(id);
    return deliveries.map(({ status }) => status).join() === statuses.join() && deliveries;
  });
/** Twilio calls back; answers our status. */
const report = (sid: string, status: MessageStatus, code?: number, query = ""): Promise<number> => {
  const message = twilio.messages.find((one) => one.sid === sid);
  if (message === undefined) throw new Error("Twilio never had it");
  const now = { ...message };
  advance(now, status, code);
  return callBack(twilio.authToken, `${node.url}/api/channels/sms/status${query}`, callbackForm(now));
};
const post = (channel: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${node.url}/api/channels/${channel}/status`, { method: "POST", ...init });

describe("POST /api/channels/{name}/status", () => {
  it("moves a delivery on, once, whatever the order and however often", async () => {
    const { id, sid } = await text("first");
    await reaches(id, "accepted", "skipped");
    const answers = await Promise.all([
      report(sid, "sent"),
      report(sid, "delivered"),
      report(sid, "delivered"),
      report(sid, "undelivered", 30003),
    ]);
    expect(answers).toEqual([204, 204, 204, 204]);
    expect(await report(sid, "delivered")).toBe(204);
    expect(await report(sid, "sent")).toBe(204);
    expect(await report(sid, "undelivered", 30003)).toBe(204);
    const { deliveries, events } = await timeline(id);
    expect(deliveries[0]).toMatchObject({ channel: "sms", status: "delivered", reason: null });
    expect(events.filter((one) => one.channel === "sms" && one.status === "delivered")).toHaveLength(1);
    const inbox = await clinician.inbox();
    expect(inbox.find(({ notification_id }) => notification_id === id)?.status).toBe("delivered");
    const { rows } = await owner.query(
      "SELECT actor, outcome, territory_id, payload FROM audit_events WHERE action = 'delivery.report' AND object_id = $1 ORDER BY id DESC LIMIT 1",
      [id],
    );
    expect(rows).toEqual([
      {
        actor: "callback:sms",
        outcome: "ok",
        territory_id: "north-hospital",
        payload: {
          delivery_id: deliveries[0]?.delivery_id,
          channel: "sms",
          status: "delivered",
          reason: null,
        },
      },
    ]);
  });

  it("lets the next channel take over from one that failed after all, once; a late receipt still counts", async () => {
    const { id, sid } = await text("second");
    await reaches(id, "accepted", "skipped");
    const failures = await Promise.all([1, 2, 3].map(() => report(sid, "undelivered", 30005)));
    expect(failures).toEqual([204, 204, 204]);
    const [sms, , tookOver] = await reaches(id, "failed", "skipped", "delivered");
    expect(sms?.reason).toMatch(/^[a-z0-9_]+$/);
    expect(tookOver).toMatchObject({ channel: "pager", redelivery_of: sms?.delivery_id });
    expect(pager.pages.filter(({ notificationId }) => notificationId === id)).toHaveLength(1);
    expect((await timeline(id)).events.map(({ reason }) => reason)).toContain("takes_over");
    expect(await report(sid, "delivered")).toBe(204);
    await reaches(id, "delivered", "skipped", "delivered");
  });

  it("leaves what takes over unsent when the recipient reads it meanwhile", async () => {
    const { id, sid } = await text("meanwhile");
    await reaches(id, "accepted", "skipped");
    pager.answer = () => 503;
    expect(await report(sid, "undelivered", 30005)).toBe(204);
    await until("the pager is tried", () => pager.pages.some(({ notificationId }) => notificationId === id));
    await clinician.act(id, "read");
    pager.answer = () => 200;
    const [, , last] = await reaches(id, "failed", "skipped", "skipped");
    expect(last?.reason).toBe("already_handled");
  });

  it("holds what takes over in quiet hours that began meanwhile, until they are switched off", async () => {
    const mine = await clinician.fetch("/api/preferences");
    const { wanted } = (await mine.json()) as Pick<Preferences, "wanted">;
    const headers = { "Content-Type": "application/json" };
    const wish = async (quiet_hours: { start: string; end: string } | null): Promise<void> => {
      const body = JSON.stringify({ wanted, quiet_hours, time_zone: "UTC" });
      expect((await clinician.fetch("/api/preferences", { method: "PUT", headers, body })).status).toBe(200);
    };
    const { id, sid } = await text("by night");
    await reaches(id, "accepted", "skipped");
    const [start = "", end = ""] = [-1, 8].map((hours) => DateTime.utc().plus({ hours }).toFormat("HH:mm"));
    await wish({ start, end });
    expect(await report(sid, "undelivered", 30005)).toBe(204);
    const held = await until("it is held", async () => {
      const [, , tookOver] = (await timeline(id)).deliveries;
      return tookOver?.reason === "quiet_hours" && tookOver;
    });
    expect(held).toMatchObject({ channel: "pager", status: "queued" });
    expect(pager.pages.filter(({ notificationId }) => notificationId === id)).toEqual([]);
    await wish(null);
    await reaches(id, "failed", "skipped", "delivered");
  });

  it("lets nothing take over once the recipient has it", async () => {
    const { id, sid } = await text("third");
    await reaches(id, "accepted", "skipped");
    await clinician.act(id, "read");
    expect(await report(sid, "undelivered", 30005)).toBe(204);
    await reaches(id, "failed", "skipped");
  });

  it.each([
    ["delivered", ["delivered", "skipped"]],
    ["undelivered", ["failed", "delivered"]],
  ] as const)("keeps what comes before Twilio's own answer: %s", async (status, states) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const { id, sid } = await text(`early ${status}`);
    expect(await report(sid, "sent")).toBe(204);
    expect(await report(sid, status)).toBe(204);
    expect(await report(sid, "sent")).toBe(204);
    expect((await timeline(id)).deliveries[0]?.status).toBe("claimed");
    resolve();
    await reaches(id, ...states);
    expect((await owner.query("SELECT count(*)::int AS n FROM early_reports")).rows).toEqual([{ n: 0 }]);
  });

  it.each([
    ["delivered", "delivered"],
    ["undelivered", "failed"],
  ] as const)("finds by our id a delivery whose answer was lost: %s", async (status, state) => {
    losing = true;
    const { id, sid } = await text(`lost ${status}`);
    const [sms] = await reaches(id, "unknown", "delivered");
    expect(await report(sid, status)).toBe(204);
    await reaches(id, "unknown", "delivered");
    expect(await report(sid, status, undefined, `?delivery=${sms?.delivery_id}`)).toBe(204);
    await reaches(id, state, "delivered");
    expect(await report(sid, "delivered")).toBe(204);
    await reaches(id, "delivered", "delivered");
    expect(pager.pages.filter(({ notificationId }) => notificationId === id)).toHaveLength(1);
  });

  it("lets nothing take over from one whose answer was lost: the next channel has its turn already", async () => {
    losing = true;
    pager.answer = () => 503;
    const { id, sid } = await text("lost while the pager is busy");
    const [sms] = await reaches(id, "unknown", "queued");
    expect(await report(sid, "undelivered", 30005, `?delivery=${sms?.delivery_id}`)).toBe(204);
    pager.answer = () => 200;
    await reaches(id, "failed", "delivered");
  });

  it("keeps what comes before the answer is lost", async () => {
    losing = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const { id, sid } = await text("lost, but told before");
    const [sms] = await reaches(id, "claimed", "queued");
    expect(await report(sid, "delivered", undefined, `?delivery=${sms?.delivery_id}`)).toBe(204);
    resolve();
    await reaches(id, "delivered", "skipped");
  });

  it("turns away what Twilio did not sign, on record, before it changes anything", async () => {
    const { id, sid } = await text("fourth");
    await reaches(id, "accepted", "skipped");
    const form = `MessageSid=${sid}&MessageStatus=delivered&AccountSid=${twilio.accountSid}`;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await post("sms")).status).toBe(401);
    expect((await post("sms", { body: form, headers })).status).toBe(401);
    const forged = { ...headers, "X-Twilio-Signature": "bWFkZSB1cCBzaWduYXR1cmU=" };
    expect((await post("sms", { body: form, headers: forged })).status).toBe(401);
    const elsewhere = `${node.url}/api/channels/sms/status?other=1`;
    // A call may say whatever host it likes, and have a signature of that one: of a trial's, with the same account.
    const trial = "http://trial.example/api/channels/sms/status";
    const signature = signForm(twilio.authToken, trial, new URLSearchParams(form));
    const said = ["POST /api/channels/sms/status HTTP/1.1", "Host: trial.example", "Connection: close"];
    for (const [name, value] of Object.entries({ ...headers, "X-Twilio-Signature": signature }))
      said.push(`${name}: ${value}`);
    const replayed = [...said, `Content-Length: ${form.length}`, "", form].join("\r\n");
    expect(await rawStatus(node.url, replayed)).toBe(401);
    const message = twilio.messages.find((one) => one.sid === sid);
    if (message === undefined) throw new Error("no message");
    expect(
      await callBack("another token", `${node.url}/api/channels/sms/status`, callbackForm(message)),
    ).toBe(401);
    expect(await callBack(twilio.authToken, elsewhere, callbackForm({ ...message, status: "sent" }))).toBe(
      204,
    );
    await reaches(id, "accepted", "skipped");
    const { rows } = await owner.query(
      "SELECT count(*)::int AS n FROM audit_events WHERE action = 'channel.callback' AND outcome = 'denied' AND actor = 'callback:sms'",
    );
    expect(rows).toEqual([{ n: 5 }]);
  });

  it("answers 400 to what is signed but no report, 413 to too much, 404 where no provider reports", async () => {
    const url = `${node.url}/api/channels/sms/status`;
    expect(await callBack(twilio.authToken, url, new URLSearchParams({ hello: "there" }))).toBe(400);
    expect((await post("sms", { body: "x".repeat(65_537) })).status).toBe(413);
    for (const channel of ["telegraph", "email", "websocket"])
      expect((await post(channel)).status, channel).toBe(404);
    expect((await fetch(url)).status).toBe(405);
  });
});

describe("GET /api/channels", () => {
  it("shows every channel, those that are off too, with its last check", async () => {
    const answer = await clinician.fetch("/api/channels");
    const { channels }: { channels: { name: string }[] } = JSON.parse(await answer.text());
    expect(channels).toContainEqual({
      name: "sms",
      state: "ok",
      detail: null,
      phi: "redacted",
      checked_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(channels).toContainEqual({
      name: "email",
      state: "not_configured",
      detail: null,
      phi: "redacted",
      checked_at: null,
    });
    expect(channels.map(({ name }) => name)).toEqual(expect.arrayContaining(["websocket", "pager"]));
    expect((await fetch(`${node.url}/api/channels`)).status).toBe(401);
  });

  it("has the plugin read no long callback of a network that forged many, and every short one", async () => {
    const url = `${node.url}/api/channels/sms/status`;
    const short = new URLSearchParams({ hello: "there" });
    const long = new URLSearchParams({ hello: "there".repeat(2_000) });
    expect(await callBack(twilio.authToken, url, long)).toBe(400);
    let status = 401;
    for (let n = 0; n < 50 && status === 401; n++) status = await callBack("another token", url, short);
    expect(status).toBe(429);
    expect(await callBack(twilio.authToken, url, long)).toBe(429);
    expect(await callBack(twilio.authToken, url, short)).toBe(400);
  });
});
