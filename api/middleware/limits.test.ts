import { createHmac } from "node:crypto";
import { once } from "node:events";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { limiterFor } from "../../channels/limiter.ts";
import { createCounters } from "../../config/counters.ts";
import { createRedis } from "../../config/redis.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { createRateLimits, Throttled } from "./limits.ts";

/** The servers share counters, as nodes do. */
const env = (): NodeJS.ProcessEnv => ({
  REDIS_URL: inject("redisUrl"),
  RATE_FAILURES_PER_MINUTE: "5",
  RATE_SENDS_PER_SECOND: "3",
});

let hospital: Hospital;
/** These know no proxy. */
let direct: [TestServer, TestServer];
/** This one believes what this machine forwards. */
let proxied: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  direct = [await startServer(hospital, env()), await startServer(hospital, env())];
  proxied = await startServer(hospital, { ...env(), TRUSTED_PROXY: "127.0.0.0/8, ::1, 10.0.0.7" });
  owner = await hospital.owner("audit_events");
});
afterAll(async () => {
  await Promise.all([...direct, proxied].map((server) => server.stop()));
  await hospital.close();
});

const recorded = async (action: string): Promise<number> =>
  Number((await owner.query("SELECT count(*) FROM audit_events WHERE action = $1", [action])).rows[0].count);

const badKey = (server: TestServer, forwarded: string): Promise<Answer> =>
  server.post("/api/notifications/send", undefined, as({ key: `tocsin_demo.${"x".repeat(43)}` }), {
    "X-Forwarded-For": forwarded,
  });

async function statuses(count: number, call: (index: number) => Promise<Answer>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await call(index)).status);
  return found;
}

const trySend = (server: TestServer): Promise<Answer> =>
  server.post(
    "/api/notifications/send",
    aSend({ user_id: "north-1", territory_id: "north" }),
    as(hospital.services.north),
  );
const goodSend = async (server: TestServer): Promise<number> => (await trySend(server)).status;

describe("guessing keys", () => {
  it("is refused with 429 and Retry-After after some failures of an address, once on record, valid keys aside", async () => {
    const before = await recorded("service.throttle");
    expect(await statuses(6, () => badKey(proxied, "203.0.113.1"))).toEqual([401, 401, 401, 401, 401, 429]);
    const refused = await badKey(proxied, "203.0.113.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect(refused.body).toMatchObject({ type: "urn:tocsin:problem:too-many", status: 429 });
    expect(await recorded("service.throttle")).toBe(before + 1);
    expect((await badKey(proxied, "203.0.113.2")).status).toBe(401);
    expect(await goodSend(proxied)).toBe(202);
  });

  it("keeps no right key out that this address shows for the first time, also one from before there was a MAC", async () => {
    expect(await statuses(8, () => badKey(proxied, "203.0.113.3"))).toContain(429);
    const { south } = hospital.services;
    const body = aSend({ user_id: "south-1", territory_id: "south" });
    const from = { "X-Forwarded-For": "203.0.113.3" };
    expect((await proxied.post("/api/notifications/send", body, as(south), from)).status).toBe(202);
  });

  it("cannot hide behind X-Forwarded-For where no proxy is named, on any node", async () => {
    const found = await statuses(7, (index) =>
      badKey(direct[index % 2 === 0 ? 0 : 1], `198.51.100.${index}`),
    );
    expect(found).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  it("is counted by the last address that no proxy stands for, by the /64 of IPv6", async () => {
    const spoofed = await statuses(7, (index) =>
      badKey(proxied, `198.51.100.${index}, 203.0.113.9, 10.0.0.7`),
    );
    expect(spoofed).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const six = await statuses(6, (index) => badKey(proxied, `2001:db8:0:7::${index}`));
    expect(six).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await badKey(proxied, "2001:db8:0:8::1")).status).toBe(401);
    const withPorts = await statuses(6, (index) =>
      badKey(proxied, index % 2 === 0 ? `[2001:db8:0:9::1]:${4_000 + index}` : `[2001:db8:0:9::2]`),
    );
    expect(withPorts).toEqual([401, 401, 401, 401, 401, 429]);
    for (const address of ["203.0.113.77:4001", "203.0.113.78:4002"])
      expect((await badKey(proxied, address)).status).toBe(401);
  });
});

describe("a site's /48 of IPv6", () => {
  it("has the failures of sixteen of its /64, however many it uses", async () => {
    const answers = await statuses(100, (index) => badKey(proxied, `2001:db8:77:${index.toString(16)}::1`));
    expect(answers.filter((status) => status === 401)).toHaveLength(16 * 5);
    expect((await badKey(proxied, "2001:db8:78:1::1")).status).toBe(401);
  });
});

describe("sending", () => {
  it("is bounded per key, and goes on a second later", async () => {
    const [one] = direct;
    const answers = await Promise.all(Array.from({ length: 10 }, () => trySend(one)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 429]));
    const refused = answers.filter(({ status }) => status === 429);
    expect(new Set(refused.map(({ headers }) => headers.get("retry-after")))).toEqual(new Set(["1"]));
    await until("sends are taken again", async () => (await goodSend(one)) === 202);
    expect(await recorded("service.throttle")).toBeGreaterThan(1);
  });
});

describe("a plugin's limiter", () => {
  it("counts for all nodes together, apart from other plugins', and tells Redis nobody's number", async () => {
    const secrets = {
      derive: () => hospital.database.slice(-12),
      mac: (purpose: string, data: string) => createHmac("sha256", purpose).update(data).digest(),
    };
    const connections = [0, 1].map(() => createRedis({ url: inject("redisUrl") }, "tocsin-test"));
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
    const redis = createRedis({ url: "redis://127.0.0.1:1" }, "tocsin-test");
    redis.on("error", () => undefined);
    const settings = { revealsPerHour: 30, sendsPerSecond: 2, failuresPerMinute: 2, accountFailures: 2 };
    const secrets = {
      derive: () => "unit test",
      mac: (_: string, data: string) => Buffer.from(data),
    };
    const { keys } = createRateLimits(settings, createCounters({ redis, secrets }));
    await keys.take("a");
    await keys.take("a");
    await expect(keys.check("a")).rejects.toThrow(Throttled);
    await expect(keys.take("a")).rejects.toMatchObject({ status: 429, first: true });
    await expect(keys.take("a")).rejects.toMatchObject({ first: false });
    await keys.take("b");
    await keys.forget("a");
    await keys.take("a");
    redis.disconnect();
  });
});
