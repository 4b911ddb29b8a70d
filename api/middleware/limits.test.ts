import { createHmac } from "node:crypto";
import { once } from "node:events";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { limiterFor } from "../../channels/limiter.ts";
import { createCounters } from "../../config/counters.ts";
import { createRedis } from "../../config/redis.ts";
import { demoUser, send } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";
import { createRateLimits, Throttled } from "./limits.ts";

const LIMITS = { RATE_FAILURES_PER_MINUTE: "5", RATE_ACCOUNT_FAILURES: "3", RATE_SENDS_PER_SECOND: "10" };

let site: Site;
/** The one knows no proxy; the other believes what this machine forwards. */
let direct: Program;
let proxied: Program;
let owner: pg.Client;

beforeAll(async () => {
  site = await createSite(LIMITS);
  direct = await site.start({ role: "api" });
  proxied = await site.start({ role: "api", env: { TRUSTED_PROXY: "127.0.0.0/8, ::1, 10.0.0.7" } });
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  await owner.query("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
});
afterAll(async () => {
  await owner.end();
  await site.close();
});

const recorded = async (action: string): Promise<number> =>
  Number((await owner.query("SELECT count(*) FROM audit_events WHERE action = $1", [action])).rows[0].count);

const badKey = (url: string, forwarded: string): Promise<Response> =>
  fetch(`${url}/api/notifications/send`, {
    method: "POST",
    headers: { Authorization: `Bearer tocsin_demo.${"x".repeat(43)}`, "X-Forwarded-For": forwarded },
  });

const signIn = (url: string, email: string, password: string, forwarded: string): Promise<Response> =>
  fetch(`${url}/api/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Forwarded-For": forwarded },
    body: JSON.stringify({ email, password }),
  });

async function statuses(count: number, call: (index: number) => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await call(index)).status);
  return found;
}

const goodSend = async (url: string): Promise<number> => {
  const demo = await site.demo();
  const { user_id, territory_id } = demoUser(demo, "clinician");
  return (await send(url, demo.api_key, { user_id, territory_id, message: "Good" })).status;
};

describe("guessing keys", () => {
  it("is refused with 429 and Retry-After after some failures of an address, once on record, valid keys aside", async () => {
    const before = await recorded("service.throttle");
    expect(await statuses(6, () => badKey(proxied.url, "203.0.113.1"))).toEqual([
      401, 401, 401, 401, 401, 429,
    ]);
    const refused = await badKey(proxied.url, "203.0.113.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({ type: "urn:tocsin:problem:too-many", status: 429 });
    expect(await recorded("service.throttle")).toBe(before + 1);
    expect((await badKey(proxied.url, "203.0.113.2")).status).toBe(401);
    expect(await goodSend(proxied.url)).toBe(202);
  });

  it("cannot hide behind X-Forwarded-For where no proxy is named, on any node", async () => {
    const second = await site.start({ role: "api" });
    const nodes = [direct.url, second.url];
    const found = await statuses(7, (index) => badKey(nodes[index % 2] ?? "", `198.51.100.${index}`));
    expect(found).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  it("is counted by the last address that no proxy stands for, by the /64 of IPv6", async () => {
    const spoofed = await statuses(7, (index) =>
      badKey(proxied.url, `198.51.100.${index}, 203.0.113.9, 10.0.0.7`),
    );
    expect(spoofed).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const six = await statuses(6, (index) => badKey(proxied.url, `2001:db8:0:7::${index}`));
    expect(six).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await badKey(proxied.url, "2001:db8:0:8::1")).status).toBe(401);
  });
});

describe("guessing passwords", () => {
  it("is bounded per account, however many guess at once from wherever, and the right one waits too", async () => {
    const demo = await site.demo();
    const { email, password } = demoUser(demo, "clinician");
    // The right one comes last, when guesses enough are under way.
    const words = [...Array.from({ length: 9 }, () => "wrong"), password];
    const guesses = await Promise.all(
      words.map((word, index) => signIn(proxied.url, email.toUpperCase(), word, `192.0.2.${index}`)),
    );
    const counts = Object.groupBy(guesses, ({ status }) => status);
    expect(Object.keys(counts)).toEqual(["401", "429"]);
    expect(counts[401]).toHaveLength(3);
    const late = await signIn(proxied.url, email, password, "192.0.2.99");
    expect(late.status).toBe(429);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(600);
    const other = demoUser(demo, "supervisor");
    expect((await signIn(proxied.url, other.email, other.password, "192.0.2.99")).status).toBe(201);
    expect(await recorded("session.throttle")).toBe(1);
  });

  it("is bounded per address, whatever the accounts; a right password counts for nothing", async () => {
    const { email, password } = demoUser(await site.demo(), "supervisor", 1);
    const right = await statuses(5, () => signIn(proxied.url, email, password, "192.0.2.200"));
    expect(right).toEqual([201, 201, 201, 201, 201]);
    const wrong = await statuses(6, (index) =>
      signIn(proxied.url, `nobody-${index}@tocsin.example`, "wrong", "192.0.2.200"),
    );
    expect(wrong).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await signIn(proxied.url, email, password, "192.0.2.200")).status).toBe(429);
  });
});

describe("sending", () => {
  it("is bounded per key, and goes on a second later", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => goodSend(direct.url)));
    expect(new Set(answers)).toEqual(new Set([202, 429]));
    await until("sends are taken again", async () => (await goodSend(direct.url)) === 202, 3_000);
    expect(await recorded("service.throttle")).toBeGreaterThan(1);
  });
});

describe("a plugin's limiter", () => {
  it("counts for all nodes together, apart from other plugins', and tells Redis nobody's number", async () => {
    const secrets = {
      derive: () => site.databaseUrl.slice(-12),
      mac: (purpose: string, data: string) => createHmac("sha256", purpose).update(data).digest(),
    };
    const connections = [0, 1].map(() => createRedis(inject("redisUrl"), "tocsin-test"));
    await Promise.all(connections.map((redis) => once(redis, "ready")));
    const bound = { times: 2, seconds: 60 };
    const [here, there] = connections.map((redis) =>
      limiterFor("sms", createCounters({ redis, secrets }))("per_user", bound),
    );
    const taken = [await here?.take("+12025550123"), await there?.take("+12025550123")];
    expect([...taken, await here?.take("+12025550123"), await there?.take("+12025550123")]).toEqual([
      ...[true, true],
      ...[false, false],
    ]);
    expect(await here?.take("+12025550124")).toBe(true);
    const email = connections.map((redis) => limiterFor("email", createCounters({ redis, secrets })));
    expect(await email[0]?.("per_user", bound).take("+12025550123")).toBe(true);
    expect(await connections[0]?.keys("*2025550123*")).toEqual([]);
    for (const redis of connections) redis.disconnect();
  });
});

describe("with Redis away", () => {
  it("each node counts for itself", async () => {
    const redis = createRedis("redis://127.0.0.1:1", "tocsin-test");
    redis.on("error", () => undefined);
    const settings = { sendsPerSecond: 2, failuresPerMinute: 2, accountFailures: 2 };
    const secrets = {
      derive: () => "unit test",
      mac: (_: string, data: string) => Buffer.from(data),
    };
    const { failures } = createRateLimits(settings, createCounters({ redis, secrets }));
    await failures.take("a");
    await failures.take("a");
    await expect(failures.check("a")).rejects.toThrow(Throttled);
    await expect(failures.take("a")).rejects.toMatchObject({ status: 429, first: true });
    await expect(failures.take("a")).rejects.toMatchObject({ first: false });
    await failures.take("b");
    await failures.forget("a");
    await failures.take("a");
    redis.disconnect();
  });
});
