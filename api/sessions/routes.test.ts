import { once } from "node:events";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { PROTOCOL } from "../../channels/contract.ts";
import { DEFAULT_LIMITS } from "../../channels/websocket/limits.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { OwnSession, SessionTimes } from "./schema.ts";

const Own = z.object({ sessions: z.array(OwnSession) });

/** Seconds that a session lasts without an act, and in all; long enough for a busy machine. */
const IDLE = 5;
const ABSOLUTE = 10;

const PASSWORD = "a long enough password";
/** Ids of those who sign in. */
const PEOPLE = ["person-1", "person-2", "person-3"] as const;

let hospital: Hospital;
let server: TestServer;
let shortLived: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  for (const id of PEOPLE) await aPerson(hospital, { id, territory: "north", password: PASSWORD });
  server = await startServer(hospital);
  shortLived = await startServer(hospital, {
    SESSION_IDLE_MINUTES: String(IDLE / 60),
    SESSION_ABSOLUTE_MINUTES: String(ABSOLUTE / 60),
  });
  owner = await hospital.owner("audit_events", "sessions", "memberships");
});
afterAll(async () => {
  await server.stop();
  await shortLived.stop();
  await hospital.close();
});

const emailOf = (id: (typeof PEOPLE)[number]): string => `${id}@tocsin.example`;
const signIn = (url: string, id: (typeof PEOPLE)[number] = "person-1"): Promise<Person> =>
  Person.signIn(url, { email: emailOf(id), password: PASSWORD });

const times = async (person: Person): Promise<SessionTimes> =>
  SessionTimes.parse(await (await person.fetch("/api/sessions")).json());

const extend = (person: Person): Promise<Response> =>
  person.fetch("/api/sessions/extend", { method: "POST" });

/** An open socket, and the code that it will be closed with. */
async function openSocket({ url, cookie }: Person): Promise<{ closed: Promise<number> }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
    headers: { Cookie: cookie, Origin: url },
  });
  const closed = once(socket, "close").then(([code]) => Number(code));
  await once(socket, "message");
  return { closed };
}

const recorded = async (action: string, objectId?: string): Promise<Record<string, unknown>[]> =>
  (
    await owner.query(
      "SELECT * FROM audit_events WHERE action = $1 AND ($2::text IS NULL OR object_id = $2)",
      [action, objectId ?? null],
    )
  ).rows;

describe("how long a session lasts", { concurrent: true }, () => {
  it("says when it ends: after 15 minutes without an act, after 12 hours at the latest", async () => {
    const person = await signIn(server.url);
    const { expires_at, idle_seconds, absolute_expires_at } = await times(person);
    expect(idle_seconds).toBe(900);
    const inMinutes = (time: string): number => (Date.parse(time) - Date.now()) / 60_000;
    expect(inMinutes(expires_at)).toBeGreaterThan(14);
    expect(inMinutes(expires_at)).toBeLessThan(15.1);
    expect(inMinutes(absolute_expires_at)).toBeGreaterThan(719);
    expect(inMinutes(absolute_expires_at)).toBeLessThan(720.1);
  });

  it("ends without an act, though a page polls, takes tickets and holds a socket open", async () => {
    const person = await signIn(shortLived.url);
    const { expires_at } = await times(person);
    const { closed } = await openSocket(person);
    let asked = 0;
    const status = await until("the session ends", async () => {
      await person.fetch("/api/realtime/tickets", { method: "POST" });
      asked = Date.now();
      const polled = await person.fetch("/api/notifications");
      if (polled.status !== 200) return polled.status;
      // It had not ended yet when this was asked.
      expect(asked).toBeLessThan(Date.parse(expires_at) + 100);
      return null;
    });
    expect(status).toBe(401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expires_at) - 100);
    expect(await closed).toBe(4401);
    expect(Date.now()).toBeLessThan(Date.parse(expires_at) + DEFAULT_LIMITS.pingMs);
    expect((await recorded("session.expire")).length).toBeGreaterThan(0);
  });

  it("goes on while its person acts or says so, up to its absolute end", async () => {
    const person = await signIn(shortLived.url, "person-2");
    const first = await times(person);
    const passed = (time: string) => until(`${time} has passed`, () => Date.now() > Date.parse(time));
    await passed(new Date(Date.parse(first.expires_at) - 500 * IDLE).toISOString());
    // An act, even one that fails, is an act.
    expect((await person.act("00000000-0000-7000-8000-000000000000", "read")).status).toBe(404);
    await passed(first.expires_at);
    const second = await times(person);
    expect(second.absolute_expires_at).toBe(first.absolute_expires_at);

    const last = await until("the absolute end is the next one", async () => {
      const extended = SessionTimes.parse(await (await extend(person)).json());
      return extended.expires_at === extended.absolute_expires_at ? extended : null;
    });
    expect(last.absolute_expires_at).toBe(first.absolute_expires_at);
    const ended = await until("the session ends", async () => (await extend(person)).status !== 200);
    expect(ended).toBe(true);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(first.absolute_expires_at) - 100);
    expect((await extend(person)).status).toBe(401);
  });

  it("does not write for every act", async () => {
    const person = await signIn(server.url, "person-3");
    const before = await times(person);
    for (let i = 0; i < 5; i++) await person.act("00000000-0000-7000-8000-000000000000", "read");
    expect(await times(person)).toEqual(before);
    await extend(person);
    expect(Date.parse((await times(person)).expires_at)).toBeGreaterThan(Date.parse(before.expires_at));
  });
});

describe("ending a session", () => {
  it("closes the live socket at once, not at the next ping, when its person signs out (4401), on any node", async () => {
    const person = await signIn(server.url);
    const { closed } = await openSocket(person);
    const start = performance.now();
    expect((await person.at(shortLived.url).fetch("/api/sessions", { method: "DELETE" })).status).toBe(204);
    expect(await closed).toBe(4401);
    expect(performance.now() - start).toBeLessThan(DEFAULT_LIMITS.pingMs);
    expect((await person.fetch("/api/sessions")).status).toBe(401);
  });

  it("closes the live socket at once when the last role is lost (4403)", async () => {
    const person = await signIn(server.url, "person-3");
    const { closed } = await openSocket(person);
    const start = performance.now();
    await owner.query("DELETE FROM memberships WHERE user_id = 'person-3'");
    expect(await closed).toBe(4403);
    expect(performance.now() - start).toBeLessThan(DEFAULT_LIMITS.pingMs);
  });

  it("lists a person's own sessions and ends one of them from another device", async () => {
    const [here, there, stranger] = [
      await signIn(server.url, "person-2"),
      await signIn(server.url, "person-2"),
      await signIn(server.url, "person-1"),
    ];
    const { closed } = await openSocket(there);
    const { sessions } = Own.parse(await (await here.fetch("/api/sessions/own")).json());
    const theirs = Own.parse(await (await there.fetch("/api/sessions/own")).json());
    const id = must(
      theirs.sessions.find(({ current }) => current),
      "session",
    ).session_id;
    expect(sessions.find(({ current }) => current)?.session_id).not.toBe(id);
    expect(sessions.map(({ session_id }) => session_id)).toContain(id);

    expect((await stranger.fetch(`/api/sessions/${id}`, { method: "DELETE" })).status).toBe(404);
    expect((await there.fetch("/api/sessions")).status).toBe(200);

    const start = performance.now();
    expect((await here.fetch(`/api/sessions/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(await closed).toBe(4401);
    expect(performance.now() - start).toBeLessThan(DEFAULT_LIMITS.pingMs);
    expect((await there.fetch("/api/sessions")).status).toBe(401);
    expect((await here.fetch("/api/sessions")).status).toBe(200);
    expect((await here.fetch(`/api/sessions/${id}`, { method: "DELETE" })).status).toBe(404);
    expect((await here.fetch("/api/sessions/nonsense", { method: "DELETE" })).status).toBe(404);

    const outcomes = (await recorded("session.close", id)).map(({ actor, outcome }) => `${actor} ${outcome}`);
    expect(outcomes).toEqual(["user:person-1 denied", "user:person-2 ok", "user:person-2 denied"]);
  });

  it("takes the email in letters of any size, and of no other alphabet", async () => {
    const email = "PERSON-1@Tocsin.Example";
    await Person.signIn(server.url, { email, password: PASSWORD });
    for (const other of ["pérson-1@tocsin.example", "ｐerson-1@tocsin.example", "perſon-1@tocsin.example"])
      await expect(Person.signIn(server.url, { email: other, password: PASSWORD })).rejects.toThrow("401");
  });

  it("has the browser forget the site's data, but for the device's cookie", async () => {
    const person = await signIn(server.url, "person-2");
    const answer = await person.fetch("/api/sessions", { method: "DELETE" });
    expect(answer.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^tocsin=; /)]);
    const again = await signIn(server.url, "person-2");
    const { sessions } = Own.parse(await (await again.fetch("/api/sessions/own")).json());
    const own = must(
      sessions.find(({ current }) => current),
      "own session",
    );
    const ended = await again.fetch(`/api/sessions/${own.session_id}`, { method: "DELETE" });
    expect(ended.headers.get("clear-site-data")).toBe('"cache", "storage"');
  });

  it("puts sign-ins on record, refused ones too", async () => {
    const email = emailOf("person-1");
    const before = await recorded("session.open");
    await signIn(server.url);
    for (const credentials of [
      { email, password: "wrong" },
      { email: "nobody@tocsin.example", password: "x" },
    ])
      await expect(Person.signIn(server.url, credentials)).rejects.toThrow("401");
    const added = (await recorded("session.open")).slice(before.length);
    expect(added.map(({ outcome, payload }) => [outcome, payload])).toEqual([
      ["ok", { user_id: "person-1", means: "password" }],
      ["denied", { user_id: "person-1", reason: "password" }],
      ["denied", { user_id: null, reason: "password" }],
    ]);
    expect(added[0]?.["object_id"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

it("refuses made-up cookies, of calls and sockets, without a look into the database", async () => {
  const looked: string[] = [];
  const count = ({ sql }: { sql: string }): void => void (sql.includes("token_hash") && looked.push(sql));
  const person = await signIn(server.url, "person-3");
  const [name = "", token = ""] = person.cookie.split("=");
  const altered = (token.startsWith("x") ? "y" : "x") + token.slice(1);
  const forged = [`${"a".repeat(43)}.${"b".repeat(22)}`, altered, "a", "a".repeat(4_000)];
  hospital.knex.on("query", count);
  try {
    for (const made of forged) {
      const headers = { Cookie: `${name}=${made}`, Origin: server.url };
      expect((await fetch(`${server.url}/api/notifications`, { headers })).status, made).toBe(401);
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL, { headers });
      // It was opened for nobody: one that is signed in takes no ticket, and one that isn't is closed for a false one.
      await once(socket, "open");
      socket.send(JSON.stringify({ type: "auth", ticket: "made up" }));
      expect(await once(socket, "close"), made).toEqual([4401, expect.anything()]);
    }
    expect(looked).toEqual([]);
    expect((await person.fetch("/api/notifications")).status).toBe(200);
    expect(looked).toHaveLength(1);
  } finally {
    hospital.knex.off("query", count);
  }
});
