import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Answer } from "../../testing/calls.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";

const PASSWORD = "a long enough password";
const FREE = 3;
const PER_ADDRESS = 5;
/** Those whose shift begins. */
const SHIFT = Array.from({ length: 15 }, (_, index) => `shift-${index}`);

let hospital: Hospital;
/** Two nodes with one count, which believe what this machine forwards. */
let nodes: [TestServer, TestServer];
let owner: pg.Client;

beforeAll(async () => {
  const env = {
    REDIS_URL: inject("redisUrl"),
    RATE_FAILURES_PER_MINUTE: String(PER_ADDRESS),
    RATE_ACCOUNT_FAILURES: String(FREE),
    TRUSTED_PROXY: "127.0.0.0/8, ::1",
  };
  hospital = await createHospital();
  for (const id of ["person-1", "person-2", "person-i", "besieged", "spared", "unread", ...SHIFT])
    await aPerson(hospital, { id, territory: "north", password: PASSWORD });
  nodes = [await startServer(hospital, env), await startServer(hospital, env)];
  owner = await hospital.owner("audit_events", "users");
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await hospital.close();
});

const signIn = (
  email: string,
  password: string,
  address: string,
  node = nodes[0],
  cookie = "",
): Promise<Answer> =>
  node.post("/api/sessions", { email, password }, undefined, { "X-Forwarded-For": address, Cookie: cookie });

/** The cookie of a device in which somebody has just signed in. */
const deviceOf = ({ headers }: Answer): string =>
  headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("tocsin-device="))
    ?.split(";")[0] ?? "";

/** The cookie that a browser gets with the page where people sign in; empty where it gets none. */
const visit = async (address: string, cookie = ""): Promise<string> =>
  (
    await nodes[0].get("/api/sessions/methods", undefined, { "X-Forwarded-For": address, Cookie: cookie })
  ).headers
    .getSetCookie()
    .find((one) => one.startsWith("tocsin-visitor="))
    ?.split(";")[0] ?? "";

/** Comes again when the queue for hashing had no place. */
const served = (...[email, password, address, node, cookie]: Parameters<typeof signIn>): Promise<Answer> =>
  until("the queue has a place", async () => {
    const answer = await signIn(email, password, address, node, cookie);
    return answer.status === 503 ? null : answer;
  });

const emailOf = (id: string): string => `${id}@tocsin.example`;
const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** How many answers had each status. */
const tally = (answers: Answer[]): Record<number, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, list]) => [
      status,
      list?.length ?? 0,
    ]),
  );

const throttles = async (): Promise<number> =>
  Number(
    (await owner.query("SELECT count(*) FROM audit_events WHERE action = 'session.throttle'")).rows[0].count,
  );

describe("guesses at one account", () => {
  it("are let through no oftener at once than one after the other, on any node, and the right one waits too", async () => {
    const before = await throttles();
    const email = emailOf("person-1");
    const guesses = await many(60, (index) =>
      served(
        index % 2 === 0 ? email : email.toUpperCase(),
        index === 59 ? PASSWORD : "wrong",
        `192.0.2.${index}`,
        nodes[index % 2 === 0 ? 0 : 1],
      ),
    );
    expect(tally(guesses)).toEqual({ 401: FREE, 429: 60 - FREE });
    const late = await signIn(email, PASSWORD, "192.0.2.99");
    expect(late.status).toBe(429);
    // 30 s, or longer where guesses that came at once counted before one of them shut the gate.
    expect(Number(late.headers.get("retry-after"))).toBeLessThanOrEqual(20 * 60);
    expect((await signIn(emailOf("person-2"), PASSWORD, "192.0.2.99")).status).toBe(201);
    expect(await throttles()).toBeGreaterThan(before);
  });

  it("count for the person, however the address is folded", async () => {
    const forms = ["person-i@tocsin.example", "person-İ@tocsin.example", "PERSON-I@TOCSIN.EXAMPLE"];
    const answers: Answer[] = [];
    for (let index = 0; index < 3 * FREE; index++)
      answers.push(await signIn(forms[index % 3] ?? "", "wrong", `198.51.100.${index}`));
    const reached = await owner.query(
      "SELECT count(*) FROM audit_events WHERE action = 'session.open' AND payload->>'user_id' = 'person-i'",
    );
    expect(Number(reached.rows[0].count)).toBe(FREE);
  });

  it("are counted before the password is looked at: also where that fails", async () => {
    await owner.query("UPDATE users SET password_hash = 'no hash' WHERE id = 'unread'");
    const answers: Answer[] = [];
    for (let index = 0; index < FREE + 3; index++)
      answers.push(await signIn(emailOf("unread"), "wrong", `198.51.100.${60 + index}`));
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 429, 429, 429]);
  });

  it("under a name by which something else is counted, the person or their codes, hold nobody up", async () => {
    const person = await Person.signIn(nodes[0].url, { email: emailOf("shift-14"), password: PASSWORD });
    const confirm = (body: object): Promise<Response> =>
      person.fetch("/api/sessions/confirm", {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      });
    for (const name of ["person", "password", "code", "email"].flatMap((kind) => [`${kind} `, `${kind}:`]))
      for (let index = 0; index < FREE + 1; index++)
        await signIn(`${name}shift-14`, "wrong", `198.51.100.${70 + index}`);
    expect((await confirm({ code: "000000" })).status).toBe(422);
    expect((await confirm({ password: PASSWORD })).status).toBe(204);
    // Nor do guesses at the own code in a session that is open hold up who signs in.
    for (let index = 0; index < FREE; index++) await confirm({ code: "000000" });
    expect((await confirm({ code: "000000" })).status).toBe(429);
    expect((await signIn(emailOf("shift-14"), PASSWORD, "198.51.100.79")).status).toBe(201);
  });

  it("at an address that nobody has get the same answers", async () => {
    const answers = await many(12, (index) => served(emailOf("nobody"), "wrong", `192.0.2.${100 + index}`));
    expect(tally(answers)).toEqual({ 401: FREE, 429: 12 - FREE });
  });
});

describe("guesses from one address", () => {
  it("are counted before the password is looked at, whatever the accounts", async () => {
    const answers = await many(45, (index) => served(emailOf(`nobody-${index}`), "wrong", "203.0.113.1"));
    expect(tally(answers)).toEqual({ 401: PER_ADDRESS, 429: 45 - PER_ADDRESS });
  });

  it("leave the connections to PostgreSQL to those who send", async () => {
    const { pool } = hospital.knex.client;
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, pool.numUsed() + pool.numPendingAcquires());
    }, 1);
    await many(30, (index) => signIn(emailOf(`nobody-${300 + index}`), "wrong", `198.51.100.${100 + index}`));
    clearInterval(timer);
    expect(most).toBeGreaterThan(0);
    // Two sign-ins at a time, and what the two nodes do by themselves.
    expect(most).toBeLessThanOrEqual(4);
  });

  it("at one account from one address, without an end, leave the queue to everybody else", async () => {
    const [victim, flooder] = [emailOf("besieged"), "192.0.2.240"];
    await many(FREE, (index) => served(victim, "wrong", `192.0.2.${230 + index}`));
    const done = new AbortController();
    const flood = many(45, async () => {
      while (!done.signal.aborted)
        if ((await signIn(victim, "wrong", flooder)).status === 503) await delay(50);
    });
    await until("the queue is full", async () =>
      (await signIn(victim, "wrong", flooder)).status === 503 ? true : null,
    );
    for (let round = 0; round < 5; round++)
      expect((await signIn(emailOf("spared"), PASSWORD, "192.0.2.241")).status).toBe(201);
    done.abort();
    await flood;
  });

  it("leave everybody with the right password alone, however many come at once", async () => {
    const answers = await many(45, (index) =>
      served(emailOf(`shift-${index % SHIFT.length}`), PASSWORD, "203.0.113.2"),
    );
    expect(tally(answers)).toEqual({ 201: 45 });
  });
});

describe("somebody else's failures", () => {
  const [AWAY, HOSPITAL] = ["192.0.2.250", "203.0.113.50"];

  it("at the same address don't hold up a device that signed in before, whoever uses it", async () => {
    const device = deviceOf(await signIn(emailOf("shift-0"), PASSWORD, AWAY));
    await many(PER_ADDRESS + 1, (index) => served(emailOf(`nobody-${index}`), "wrong", HOSPITAL));
    expect((await signIn(emailOf("shift-0"), PASSWORD, HOSPITAL)).status).toBe(429);
    expect((await signIn(emailOf("shift-0"), PASSWORD, HOSPITAL, nodes[1], device)).status).toBe(201);
    expect((await signIn(emailOf("shift-1"), PASSWORD, HOSPITAL, nodes[1], device)).status).toBe(201);
  });

  it("at the same address don't hold up another browser that signs in for the first time", async () => {
    const [address, elsewhere] = ["203.0.113.60", "203.0.113.61"];
    const [stranger, newcomer] = [await visit(address), await visit(address)];
    const guesses = await many(PER_ADDRESS + 3, (index) =>
      served(emailOf(`nobody-${400 + index}`), "wrong", address, nodes[0], stranger),
    );
    expect(tally(guesses)).toEqual({ 401: PER_ADDRESS, 429: 3 });
    // Those that show no cookie are one browser.
    await many(PER_ADDRESS + 1, (index) => served(emailOf(`nobody-${420 + index}`), "wrong", address));
    expect((await signIn(emailOf("shift-8"), PASSWORD, address)).status).toBe(429);
    expect((await signIn(emailOf("shift-8"), PASSWORD, address, nodes[1], newcomer)).status).toBe(201);
    expect((await signIn(emailOf("shift-9"), PASSWORD, elsewhere, nodes[1], stranger)).status).toBe(201);
  });

  it("at the same address are bounded all the same, by as many browsers' cookies as somebody has, or makes up", async () => {
    const address = "203.0.113.62";
    const browsers = await Promise.all(
      Array.from({ length: 13 }, (_, index) => visit(`198.51.100.${200 + index}`)),
    );
    const made = Array.from(
      { length: 5 },
      (_, index) => `tocsin-visitor=${"x".repeat(42)}${index}.${"y".repeat(22)}`,
    );
    const answers: Answer[] = [];
    for (const browser of [...made, ...browsers])
      answers.push(
        ...(await many(PER_ADDRESS, (index) =>
          served(emailOf(`nobody-${browser.slice(-6)}-${index}`), "wrong", address, nodes[0], browser),
        )),
      );
    expect(tally(answers)[401]).toBe(10 * PER_ADDRESS);
    expect(tally(answers.slice(0, 5 * PER_ADDRESS))[401]).toBe(PER_ADDRESS);
  });

  it.each([
    ["codes of screens", "/api/wall", { code: "0000-0000-0000" }, 410],
    ["forgotten passwords", "/api/password/reset", { email: "nobody@tocsin.example" }, 204],
  ])(
    "at the same address, by %s, don't hold up another browser, nor a device",
    async (_, path, body, status) => {
      const address = "203.0.113.65";
      const [stranger, newcomer] = [await visit(address), await visit(address)];
      const device = deviceOf(await signIn(emailOf("shift-11"), PASSWORD, AWAY));
      const ask = (cookie: string): Promise<Answer> =>
        nodes[0].post(path, body, undefined, { "X-Forwarded-For": address, Cookie: cookie });
      for (const cookie of [stranger, ""])
        expect(tally(await many(PER_ADDRESS + 3, () => ask(cookie)))).toEqual({
          [status]: PER_ADDRESS,
          429: 3,
        });
      for (const cookie of [newcomer, device]) expect((await ask(cookie)).status).toBe(status);
      const browsers = await many(10, (index) => visit(`198.51.100.${220 + index}`));
      const answers = await Promise.all(
        browsers.flatMap((browser) => Array.from({ length: PER_ADDRESS }, () => ask(browser))),
      );
      expect(tally(answers)[status]).toBe(8 * PER_ADDRESS - 1);
    },
  );

  it("give a browser one cookie, and an address so many a minute", async () => {
    const address = "203.0.113.63";
    const given = await many(10 * PER_ADDRESS + 3, () => visit(address));
    expect(given.filter((cookie) => cookie !== "")).toHaveLength(10 * PER_ADDRESS);
    const [browser = ""] = given;
    expect(await visit("203.0.113.64", browser)).toBe("");
    expect(await visit("203.0.113.64", deviceOf(await signIn(emailOf("shift-10"), PASSWORD, AWAY)))).toBe("");
  });

  it("with the same account don't hold up a device in which its person signed in before", async () => {
    const device = deviceOf(await signIn(emailOf("shift-2"), PASSWORD, AWAY));
    const others = deviceOf(await signIn(emailOf("shift-3"), PASSWORD, AWAY));
    await many(FREE, (index) => served(emailOf("shift-2"), "wrong", `192.0.2.${150 + index}`));
    expect((await signIn(emailOf("shift-2"), PASSWORD, HOSPITAL, nodes[0], others)).status).toBe(429);
    expect((await signIn(emailOf("shift-2"), PASSWORD, HOSPITAL, nodes[0], device)).status).toBe(201);
  });

  it("with the same account, from a device that knows its person too, don't hold up another device of theirs", async () => {
    const own = deviceOf(await signIn(emailOf("shift-13"), PASSWORD, AWAY));
    const shared = deviceOf(await signIn(emailOf("shift-13"), PASSWORD, AWAY));
    await many(3 * FREE, (index) =>
      served(emailOf("shift-13"), "wrong", `198.51.100.${40 + index}`, nodes[0], shared),
    );
    expect((await signIn(emailOf("shift-13"), PASSWORD, HOSPITAL, nodes[1], shared)).status).toBe(429);
    expect((await signIn(emailOf("shift-13"), PASSWORD, HOSPITAL, nodes[1], own)).status).toBe(201);
  });

  it("are bounded from a known device too, which is like any other then", async () => {
    const device = deviceOf(await signIn(emailOf("shift-4"), PASSWORD, AWAY));
    const guesses = await many(40, (index) =>
      served(emailOf("shift-4"), "wrong", `192.0.2.${160 + index}`, nodes[index % 2 === 0 ? 0 : 1], device),
    );
    expect(tally(guesses)).toEqual({ 401: 2 * FREE, 429: 40 - 2 * FREE });
    const sprayed = deviceOf(await signIn(emailOf("shift-5"), PASSWORD, AWAY));
    const spray = await many(40, (index) =>
      served(emailOf(`nobody-${100 + index}`), "wrong", "203.0.113.51", nodes[0], sprayed),
    );
    expect(tally(spray)).toEqual({ 401: FREE + PER_ADDRESS, 429: 40 - FREE - PER_ADDRESS });
  });

  it("don't pass for a known device's by a cookie that was made up or altered", async () => {
    const address = "203.0.113.52";
    const device = deviceOf(await signIn(emailOf("shift-6"), PASSWORD, AWAY));
    await many(PER_ADDRESS + 1, (index) => served(emailOf(`nobody-${200 + index}`), "wrong", address));
    const [day = "", people = "", signature = ""] = device.slice("tocsin-device=".length).split(".");
    const forged = [
      "",
      "..",
      `${day}.${people}.`,
      `${Number(day) + 1}.${people}.${signature}`,
      `${day}.${people}~${"A".repeat(16)}.${signature}`,
      `${day}.${people}.${signature.slice(0, -4)}AAAA`,
    ];
    for (const value of forged) {
      const answer = await signIn(emailOf("shift-6"), PASSWORD, address, nodes[0], `tocsin-device=${value}`);
      expect(answer.status, value).toBe(429);
    }
    expect((await signIn(emailOf("shift-6"), PASSWORD, address, nodes[0], device)).status).toBe(201);
  });

  it("are none where nothing was shown: calls without a credential bar nobody", async () => {
    const from = { "X-Forwarded-For": "203.0.113.53" };
    const calls = await many(4 * PER_ADDRESS, (index) =>
      index % 2 === 0
        ? nodes[0].post("/api/notifications/send", {}, undefined, from)
        : nodes[0].get("/api/sessions", undefined, from),
    );
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([401]));
    const wrongKeys = await many(2 * PER_ADDRESS, () =>
      nodes[0].post("/api/notifications/send", {}, { key: `tocsin_x.${"x".repeat(43)}` }, from),
    );
    expect(tally(wrongKeys)).toEqual({ 401: PER_ADDRESS, 429: PER_ADDRESS });
    expect((await signIn(emailOf("shift-7"), PASSWORD, "203.0.113.53")).status).toBe(201);
  });
});

it("are said to be counted together where every caller comes by way of a proxy that nobody named", async () => {
  const direct = await startServer(hospital);
  const behindTls = await startServer(hospital, { PUBLIC_URL: "https://tocsin.example" });
  const warned = ({ lines }: TestServer): boolean => lines.some((line) => line.includes("TRUSTED_PROXY"));
  expect([warned(direct), warned(behindTls)]).toEqual([false, true]);
  await many(20, (index) =>
    direct.get("/api/sessions/methods", undefined, { "X-Forwarded-For": `198.51.100.${index % 3}` }),
  );
  expect(warned(direct)).toBe(true);
  await Promise.all([direct.stop(), behindTls.stop()]);
});
