import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL, type ServerFrame } from "../../channels/contract.ts";
import { must } from "../../config/must.ts";
import { actAs, isPostgresError } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aService, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { KeyWithSecret } from "../keys/schema.ts";
import { routes } from "../routes.ts";
import { SubjectToken } from "./schema.ts";

const EHR = "https://ehr.example";
const OTHER = "https://other.example";
const Page = z.object({ notifications: z.array(z.object({ notification_id: z.string() })) });

let hospital: Hospital;
let server: TestServer;
/** May ask for EHR and OTHER, in the north. */
let service: { id: string; keyId: string; key: string };
/** A clinician of both territories, and what they have there. */
let both: TestPerson;
let north: string;
let south: string;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_FAILURES_PER_MINUTE: "10000" });
  service = await allowedService("ehr");
  both = await aPerson(hospital, { id: "both", territory: "north" });
  await actAs(hospital.knex, "setup", (trx) =>
    trx("memberships").insert({ user_id: "both", territory_id: "south", role: "clinician" }),
  );
  north = await hospital.notify("both", { territory_id: "north", priority: "critical" });
  south = await hospital.notify("both", { territory_id: "south", priority: "critical" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const admin = () => as(hospital.people.admin);
const allow = (keyId: string, subject_origins: string[]) =>
  server.patch(`/api/keys/${keyId}`, { subject_origins }, admin());
async function allowedService(name: string): Promise<{ id: string; keyId: string; key: string }> {
  const made = await aService(hospital, { name, territories: ["north"] });
  expect((await allow(made.keyId, [EHR, OTHER])).status).toBe(200);
  return made;
}
const ask = (body: object = {}, key = service.key) =>
  server.post(
    "/api/subject-tokens",
    { user_id: "both", territory_id: "north", origin: EHR, ...body },
    { key },
  );
const issue = async (body: object = {}, key = service.key): Promise<string> => {
  const answer = await ask(body, key);
  expect(answer.status, answer.text).toBe(201);
  return answer.read(SubjectToken).token;
};
const from = (token: string, origin: string | null = EHR): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  ...(origin === null ? {} : { Origin: origin }),
});
const list = (token: string, origin: string | null = EHR) =>
  server.get("/api/notifications", undefined, from(token, origin));
const recordsOf = (action: string) =>
  hospital.asOwner("SELECT * FROM audit_events WHERE action = $1 ORDER BY id", action);

describe("a service", () => {
  it("gets no token unless an admin, who has shown the password again, allowed its key to ask for the origin", async () => {
    const fresh = await aService(hospital, { name: "fresh", territories: ["north"] });
    expect((await ask({}, fresh.key)).status).toBe(403);
    const made = await server.make(
      KeyWithSecret,
      "/api/keys",
      { service_id: fresh.id, territory_ids: ["north"] },
      admin(),
    );
    expect(made.subject_origins).toEqual([]);
    expect((await ask({}, made.key)).status).toBe(403);
    for (const origin of ["https://ehr.example/", "http://ehr.example", "*", "null", "ehr.example"])
      expect((await allow(made.key_id, [origin])).status, origin).toBe(422);
    expect((await allow(made.key_id, [EHR])).status).toBe(200);
    expect((await ask({}, made.key)).status).toBe(201);
    expect((await ask({ origin: OTHER }, made.key)).status).toBe(403);
    expect((await recordsOf("key.update")).at(-1)).toMatchObject({
      object_id: made.key_id,
      payload: { subject_origins: [EHR] },
    });
    await hospital
      .owner("sessions")
      .then((owner) => owner.query("UPDATE sessions SET confirmed_at = now() - interval '11 minutes'"));
    const stale = await allow(made.key_id, [OTHER]);
    expect(stale.body).toMatchObject({ type: "urn:tocsin:problem:sign-in-again" });
    await hospital.owner("sessions").then((owner) => owner.query("UPDATE sessions SET confirmed_at = now()"));
  });

  it("gets one for people with a role in the territories of its key alone, for 15 minutes at most", async () => {
    await aPerson(hospital, { id: "gone", territory: "north" });
    await actAs(hospital.knex, "setup", (trx) =>
      trx("users").where({ id: "gone" }).update({ disabled_at: new Date() }),
    );
    for (const user_id of ["south-1", "nobody", "admin", "gone"])
      expect((await ask({ user_id })).status, user_id).toBe(422);
    expect((await ask({ territory_id: "south" })).status).toBe(403);
    for (const ttl_s of [901, 29, 60.5]) expect((await ask({ ttl_s })).status).toBe(422);
    const { expires_at } = (await ask({ ttl_s: 900 })).read(SubjectToken);
    const left = Date.parse(expires_at) - Date.now();
    expect(left).toBeGreaterThan(800_000);
    expect(left).toBeLessThanOrEqual(901_000);
    await expect(
      hospital
        .owner("subject_tokens")
        .then((owner) =>
          owner.query("UPDATE subject_tokens SET expires_at = issued_at + interval '15 minutes 1 second'"),
        ),
    ).rejects.toSatisfy((error) => isPostgresError(error, "23514"));
  });

  it("gets none that outlives its key", async () => {
    const short = await allowedService("short");
    const ends = new Date(Date.now() + 60_000);
    await actAs(hospital.knex, "setup", (trx) =>
      trx("service_keys").where({ id: short.keyId }).update({ expires_at: ends }),
    );
    expect((await ask({}, short.key)).read(SubjectToken).expires_at).toBe(ends.toISOString());
  });

  it("is on record with whom it was for, where, and for which pages; of the token the hash alone is kept", async () => {
    const token = await issue({ ttl_s: 120 });
    const [kept] = await hospital.asOwner("SELECT * FROM subject_tokens ORDER BY issued_at DESC LIMIT 1");
    expect(JSON.stringify(kept)).not.toContain(token.slice(0, 20));
    expect((await recordsOf("subject_token.issue")).at(-1)).toMatchObject({
      actor: `service:${service.id}`,
      outcome: "ok",
      territory_id: "north",
      object_id: kept?.["id"],
      payload: { user_id: "both", origin: EHR, key_id: service.keyId, seconds: 120 },
    });
    await ask({ territory_id: "south" });
    expect((await recordsOf("subject_token.issue")).at(-1)).toMatchObject({
      actor: `service:${service.id}`,
      outcome: "denied",
      payload: { status: 403 },
    });
  });

  it("gets 20 a minute for a person, so that a key that leaked is noticed", async () => {
    await aPerson(hospital, { id: "often", territory: "north" });
    const answers = await Promise.all(Array.from({ length: 21 }, () => ask({ user_id: "often" })));
    expect(
      answers
        .map(({ status }) => status)
        .toSorted()
        .at(-1),
    ).toBe(429);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
  });
});

describe("a subject token", () => {
  it("shows its person's inbox in its territory, and nothing of another", async () => {
    const token = await issue();
    const seen = (await list(token)).read(Page).notifications.map(({ notification_id }) => notification_id);
    expect(seen).toEqual([north]);
    const own = (await server.get("/api/notifications", as(both))).read(Page).notifications;
    expect(own).toHaveLength(2);
    expect((await server.get("/api/notifications/counts", undefined, from(token))).body).toMatchObject({
      unacknowledged_critical: 1,
      open: 1,
    });
    expect((await server.get(`/api/notifications/${north}`, undefined, from(token))).status).toBe(200);
    expect((await server.get(`/api/notifications/${south}`, undefined, from(token))).status).toBe(404);
    for (const act of ["read", "acknowledge", "dismiss", "decline"]) {
      const body = act === "decline" ? { reason: "busy" } : {};
      const answer = await server.post(`/api/notifications/${south}/${act}`, body, undefined, from(token));
      expect(answer.status, act).toBe(404);
    }
    const [row] = await hospital.asOwner("SELECT status, read_at FROM notifications WHERE id = $1", south);
    expect(row).toEqual({ status: "sent", read_at: null });
  });

  it("acts as its person, with the means on record", async () => {
    const id = await hospital.notify("both", { territory_id: "north" });
    const answer = await server.post(
      `/api/notifications/${id}/acknowledge`,
      {},
      undefined,
      from(await issue()),
    );
    expect(answer.body).toMatchObject({ status: "acknowledged" });
    const [event] = await hospital.asOwner(
      "SELECT actor, payload FROM audit_events WHERE object_id = $1 AND action = 'notification.acknowledge'",
      id,
    );
    const [token] = await hospital.asOwner("SELECT id FROM subject_tokens ORDER BY issued_at DESC LIMIT 1");
    expect(event).toMatchObject({
      actor: "user:both",
      payload: { means: "subject_token", subject_token: token?.["id"], service_id: service.id },
    });
    // By session it says none.
    const other = await hospital.notify("both", { territory_id: "north" });
    await server.post(`/api/notifications/${other}/acknowledge`, {}, as(both));
    const [plain] = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'notification.acknowledge'",
      other,
    );
    expect(plain?.["payload"]).not.toHaveProperty("means");
  });

  it("is good for no other call there is, not even those of everybody", async () => {
    const token = await issue();
    const good = routes.filter((route) => route.embedded === true).map(({ id }) => id);
    expect(good.toSorted()).toEqual([
      "acknowledge",
      "countNotifications",
      "decline",
      "dismiss",
      "issueTicket",
      "listNotifications",
      "markRead",
      "readNotification",
    ]);
    const others = routes.filter((route) => route.embedded !== true && route.path.startsWith("/api/"));
    for (const { method, path, id } of others) {
      const at = path.replaceAll(/\{\w+\}/g, north);
      // The person's own session, sent along, opens nothing either.
      const { Cookie = "" } = await server.headersOf(as(both));
      const body = method === "GET" || method === "DELETE" ? undefined : {};
      const answer = await server.call(method, at, body, undefined, { ...from(token), Cookie });
      expect(answer.status, `${id}: ${answer.text}`).toBe(403);
      expect(answer.headers.get("access-control-allow-origin"), id).toBeNull();
    }
    expect((await server.get("/scim/v2/Users", undefined, from(token))).status).toBe(401);
  });

  it("is good from pages of its own origin alone; from elsewhere it is refused, on record, and no page reads the answer", async () => {
    const token = await issue();
    for (const origin of [OTHER, "https://evil.example", "null", server.url, null]) {
      const answer = await list(token, origin);
      expect(answer.status, String(origin)).toBe(403);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
    const [kept] = await hospital.asOwner("SELECT id FROM subject_tokens ORDER BY issued_at DESC LIMIT 1");
    expect(await recordsOf("subject_token.refuse")).toContainEqual(
      expect.objectContaining({ actor: "user:both", outcome: "denied", object_id: kept?.["id"] }),
    );
    const answer = await list(token);
    expect(answer.headers.get("access-control-allow-origin")).toBe(EHR);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toContain("Origin");
  });

  it("lets pages of allowed origins ask first, for its calls alone (CORS)", async () => {
    const preflight = async (origin: string, method: string, path: string) => {
      const headers = { Origin: origin, "Access-Control-Request-Method": method };
      const answer = await fetch(server.url + path, { method: "OPTIONS", headers });
      await answer.text();
      return answer.headers.get("access-control-allow-origin");
    };
    expect(await preflight(EHR, "GET", "/api/notifications")).toBe(EHR);
    expect(await preflight(EHR, "POST", `/api/notifications/${north}/acknowledge`)).toBe(EHR);
    expect(await preflight("https://evil.example", "GET", "/api/notifications")).toBeNull();
    expect(await preflight(EHR, "POST", `/api/notifications/${north}/reveal`)).toBeNull();
    expect(await preflight(EHR, "DELETE", "/api/notifications")).toBeNull();
    expect(await preflight(EHR, "GET", "/api/preferences")).toBeNull();
    expect(await preflight(EHR, "POST", "/api/subject-tokens")).toBeNull();
    // Beside an answer, its page reads how long to wait, and what the time is here.
    const shown = await list(await issue());
    expect(shown.headers.get("access-control-expose-headers")).toBe("Date, Retry-After");
    // One that has ended can be told from one that was never any: its page reads the 401.
    const unknown = await list("none");
    expect([unknown.status, unknown.headers.get("access-control-allow-origin")]).toEqual([401, EHR]);
  });

  it("sees nothing of the database but what it is for, however it is asked", async () => {
    await issue();
    const [kept] = await hospital.asOwner("SELECT id FROM subject_tokens ORDER BY issued_at DESC LIMIT 1");
    const counts: Record<string, number> = await actAs(
      hospital.knex,
      `subject:${String(kept?.["id"])}`,
      async (trx) => {
        const seen: Record<string, number> = {};
        for (const table of [
          "notifications",
          "sends",
          "deliveries",
          "users",
          "memberships",
          "inboxes",
          "sessions",
          "service_keys",
          "subject_tokens",
          "audit_events",
        ])
          seen[table] = Number((await trx(table).count("* as n").first())?.["n"]);
        const theirs = await trx("notifications").whereNot({ user_id: "both", territory_id: "north" });
        return { ...seen, others: theirs.length };
      },
    );
    expect(counts).toMatchObject({
      sends: 0,
      deliveries: 0,
      users: 0,
      memberships: 0,
      inboxes: 0,
      sessions: 0,
      service_keys: 0,
      subject_tokens: 1,
      audit_events: 0,
      others: 0,
    });
    expect(counts["notifications"]).toBeGreaterThan(0);
  });
});

/** Frames of a socket, until it closes. */
class Socket {
  readonly frames: ServerFrame[] = [];
  readonly ws: WebSocket;
  readonly closed: Promise<number>;

  constructor(headers: Record<string, string>) {
    this.ws = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL, { headers });
    this.closed = once(this.ws, "close").then(([code]) => Number(code));
    this.ws.on("message", (data) => this.frames.push(JSON.parse(String(data))));
    this.ws.on("error", () => undefined);
  }

  send(frame: object): void {
    this.ws.send(JSON.stringify(frame));
  }

  hears(type: ServerFrame["type"]): Promise<unknown> {
    return expect.poll(() => this.frames.map((frame) => frame.type), { timeout: 10_000 }).toContain(type);
  }
}

const ticketOf = async (headers: Record<string, string>): Promise<string> => {
  const answer = await server.post("/api/realtime/tickets", {}, undefined, headers);
  return answer.read(z.object({ ticket: z.string() })).ticket;
};
/** A live socket of a page, by its subject token. */
async function live(token: string): Promise<Socket> {
  const socket = new Socket({ Origin: EHR });
  await once(socket.ws, "open");
  socket.send({ type: "auth", ticket: await ticketOf(from(token)) });
  await socket.hears("hello");
  return socket;
}

describe("a page's live connection", () => {
  it("hears its own territory alone, also beside a socket of the dashboard, and its receipts are for nothing else", async () => {
    const { Cookie = "" } = await server.headersOf(as(both));
    const dashboard = new Socket({ Cookie, Origin: server.url });
    await dashboard.hears("hello");
    const page = await live(await issue());
    expect(page.frames[0]).toMatchObject({ type: "hello", counts: { unacknowledged_critical: 1 } });
    const elsewhere = await hospital.notify("both", { territory_id: "south", priority: "critical" });
    const here = await hospital.notify("both", { territory_id: "north", priority: "critical" });
    // Both ask for what they have missed at the same moment.
    for (const socket of [dashboard, page]) socket.send({ type: "resume", after: 0 });
    await dashboard.hears("resumed");
    await page.hears("resumed");
    const idsOf = ({ frames }: Socket) =>
      frames.flatMap((frame) => (frame.type === "notification" ? [frame.notification.notification_id] : []));
    expect(idsOf(dashboard)).toEqual(expect.arrayContaining([here, elsewhere, south]));
    expect(idsOf(page)).toContain(here);
    expect(idsOf(page)).not.toContain(elsewhere);
    expect(idsOf(page)).not.toContain(south);
    page.send({ type: "received", seq: 1_000_000, visible: true });
    await expect
      .poll(() => hospital.asOwner("SELECT seen_at FROM notifications WHERE id = $1", here), {
        timeout: 10_000,
      })
      .toEqual([{ seen_at: expect.any(Date) }]);
    const others = await hospital.asOwner(
      "SELECT seen_at, deliveries.status FROM notifications JOIN deliveries ON notification_id = notifications.id WHERE notifications.id = ANY ($1)",
      [elsewhere, south],
    );
    expect(others.map(({ seen_at }) => seen_at)).toEqual([null, null]);
    const [receipt] = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'delivery.receive'",
      here,
    );
    expect(receipt?.["payload"]).toMatchObject({ means: "subject_token", service_id: service.id });
    page.send({ type: "acknowledge", notification_id: elsewhere });
    await page.hears("error");
    page.send({ type: "acknowledge", notification_id: here });
    await expect
      .poll(() => hospital.asOwner("SELECT status FROM notifications WHERE id = $1", here), {
        timeout: 10_000,
      })
      .toEqual([{ status: "acknowledged" }]);
    page.ws.terminate();
    dashboard.ws.terminate();
  });

  it("opens from its token's origin alone, and by nothing but a ticket of such a token", async () => {
    const refusedAt = async (headers: Record<string, string>) => {
      const { ws } = new Socket(headers);
      return await new Promise((resolve) => {
        ws.once("unexpected-response", (_, response) => resolve(response.statusCode));
        ws.once("open", () => resolve("open"));
      });
    };
    expect(await refusedAt({ Origin: "https://evil.example" })).toBe(403);
    const token = await issue();
    const present = async (origin: string | null, ticket: string, more = {}) => {
      const socket = new Socket({ ...(origin === null ? {} : { Origin: origin }), ...more });
      await once(socket.ws, "open");
      socket.send({ type: "auth", ticket });
      const first = once(socket.ws, "message").then(() => socket.frames[0]?.type);
      const heard = await Promise.race([first, socket.closed]);
      socket.ws.terminate();
      return heard;
    };
    expect(await present(OTHER, await ticketOf(from(token)))).toBe(4401);
    expect(await present(server.url, await ticketOf(from(token)))).toBe(4401);
    expect(await present(null, await ticketOf(from(token)))).toBe(4401);
    const session = await server.headersOf(as(both));
    expect(await present(EHR, await ticketOf(session))).toBe(4401);
    // The session's cookie, which a browser may send along from a page of the same site, opens nothing.
    const cookie = { Cookie: must(session["Cookie"], "cookie") };
    expect(await present(EHR, "x", cookie)).toBe(4401);
    expect(await present(EHR, await ticketOf(from(token)))).toBe("hello");
  });
});

describe("a subject token ends, and its sockets with it,", () => {
  const owner = (sql: string, ...values: unknown[]) =>
    hospital.owner("subject_tokens", "realtime_tickets").then((client) => client.query(sql, values));

  const ENDS: [string, number, (person: string, mine: { id: string; keyId: string }) => Promise<unknown>][] =
    [
      [
        "when its time is over",
        4401,
        (person) => owner("UPDATE subject_tokens SET expires_at = now() WHERE user_id = $1", person),
      ],
      ["when its key is revoked", 4401, (_, { keyId }) => server.delete(`/api/keys/${keyId}`, admin())],
      ["when an admin takes its origin from the key", 4401, (_, { keyId }) => allow(keyId, [OTHER])],
      [
        "when an admin takes its territory from the key",
        4401,
        (_, { keyId }) => server.patch(`/api/keys/${keyId}`, { territory_ids: ["south"] }, admin()),
      ],
      ["when its service is disabled", 4401, (_, { id }) => server.delete(`/api/services/${id}`, admin())],
      [
        "when its service alone is disabled, its keys as they are",
        4401,
        (_, { id }) =>
          actAs(hospital.knex, "setup", (trx) =>
            trx("services").where({ id }).update({ disabled_at: new Date() }),
          ),
      ],
      ["when its person is disabled", 4401, (person) => server.delete(`/api/users/${person}`, admin())],
      [
        "when an admin ends its person's sessions",
        4401,
        (person) => server.delete(`/api/users/${person}/sessions`, admin()),
      ],
      [
        "when its person has no role there any more",
        4401,
        (person) =>
          actAs(hospital.knex, "setup", (trx) =>
            trx("memberships").where({ user_id: person, territory_id: "north" }).delete(),
          ),
      ],
    ];

  it.each(ENDS)("%s", async (what, code, end) => {
    const person = `ends ${what}`.replaceAll(/\W+/g, "-").slice(0, 60);
    await aPerson(hospital, { id: person, territory: "north" });
    await actAs(hospital.knex, "setup", (trx) =>
      trx("memberships").insert({ user_id: person, territory_id: "south", role: "clinician" }),
    );
    const mine = await allowedService(person);
    const token = await issue({ user_id: person }, mine.key);
    const page = await live(token);
    const ticket = await ticketOf(from(token));
    expect((await list(token)).status).toBe(200);
    await end(person, mine);
    expect((await list(token)).status).toBe(401);
    expect(await page.closed).toBe(code);
    const late = new Socket({ Origin: EHR });
    await once(late.ws, "open").catch(() => undefined);
    if (late.ws.readyState === WebSocket.OPEN) late.send({ type: "auth", ticket });
    expect([4401, 1006]).toContain(await late.closed);
  });
});
