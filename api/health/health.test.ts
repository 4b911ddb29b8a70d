import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { parseEnv } from "../../config/env.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { as } from "../../testing/calls.ts";
import { createMetrics } from "../../node/metrics.ts";
import { createSteadiness } from "../../node/steadiness.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { rawStatus } from "../../testing/raw.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { noTemporal } from "../../testing/starter.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { run } from "../main.ts";
import { isLocal } from "../middleware/client.ts";
import { checkParts } from "./checks.ts";

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { TOCSIN_METRICS_PORT: "0" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

/** Where health and metrics are served, by the log. */
function portIn(lines: string[]): string {
  const line = lines.find((text) => text.includes("health and metrics are served"));
  return `http://127.0.0.1:${/"port":(\d+)/.exec(line ?? "")?.[1]}`;
}

it("echoes no request to whoever asks for it (TRACE)", async () => {
  for (const path of ["/", "/healthz", "/api/notifications"]) {
    const call = request(server.url + path, { method: "TRACE", headers: { Cookie: "tocsin=secret" } });
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    expect(answer.statusCode, path).toBeGreaterThanOrEqual(400);
    expect(await text(answer), path).not.toContain("secret");
  }
});

describe("GET /metrics", () => {
  it("is answered to callers on the machine itself, and to no proxy that asks for others", async () => {
    expect((await server.get("/metrics")).text).toContain("tocsin_http_request_seconds");
    for (const name of [
      ...["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"],
      ...["X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Original-Forwarded-For"],
    ])
      expect((await server.get("/metrics", undefined, { [name]: "127.0.0.1" })).status, name).toBe(404);
    const { port } = new URL(server.url);
    const by = (host: string): Promise<number> =>
      rawStatus(server.url, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    for (const host of ["localhost", "127.0.0.1", "[::1]"])
      expect(await by(`${host}:${port}`), host).toBe(200);
    for (const host of ["page.example", "localhost.page.example", "127.0.0.1.page.example", "x@"])
      expect(await by(`${host}:${port}`), host).toBe(404);
  });

  it("is answered to nobody where a proxy stands in front, which may say nothing of itself", async () => {
    const PORT = String(must((await freePorts(1))[0], "free port"));
    const site = await startServer(hospital, { PORT, PUBLIC_URL: `http://127.0.0.1:${PORT}` });
    expect((await site.get("/healthz")).status).toBe(200);
    expect((await site.get("/metrics")).status).toBe(404);
    await site.stop();
  });

  it.each([
    ["127.0.0.1", true],
    ["127.8.8.8", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["10.0.0.1", false],
    ["::ffff:10.0.0.1", false],
    ["fe80::1", false],
    ["2001:db8::127.0.0.1", false],
    [undefined, false],
  ])("counts %s as on the machine: %s", (remoteAddress, local) => {
    expect(isLocal({ socket: { remoteAddress }, headers: {} })).toBe(local);
  });
});

describe("a port for health and metrics", () => {
  const get = async (at: string, path: string, init: RequestInit = {}): Promise<[number, string]> => {
    const response = await fetch(at + path, init);
    return [response.status, await response.text()];
  };

  it("serves them to whoever reaches it, and nothing else", async () => {
    const at = portIn(server.lines);
    const forwarded = { headers: { "X-Forwarded-For": "192.0.2.1" } };
    expect(await get(at, "/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await get(at, "/metrics", forwarded)).toEqual([200, expect.stringContaining("tocsin_")]);
    expect(await get(at, "/readyz")).toEqual([200, expect.stringMatching(/"postgres":"up"/)]);
    const { headers } = { headers: await server.headersOf(as(hospital.people.admin)) };
    for (const path of ["/", "/api", "/api/anything", "/Metrics", "/metrics/"])
      expect((await get(at, path, { headers }))[0], path).toBe(404);
    expect((await get(at, "/metrics", { method: "POST" }))[0]).toBe(404);
  });

  it("is there on a node that does nothing but work, until it stops", async () => {
    const lines: string[] = [];
    const env = { ...hospital.env, TOCSIN_METRICS_PORT: "0", HOST: "127.0.0.1" };
    const node = await run(parseEnv(env, ["--role=worker"]), {
      log: createLog("info", { write: (line) => void lines.push(line) }),
    });
    onTestFinished(() => node.stop());
    const at = portIn(lines);
    expect((await get(at, "/metrics"))[1]).toContain("process_cpu_seconds_total");
    expect((await get(at, "/readyz"))[0]).toBe(200);
    await node.stop();
    await expect(fetch(`${at}/healthz`)).rejects.toThrow("fetch failed");
  });
});

it("says that there is no Redis where there is none, and is ready without", async () => {
  const { body } = await server.get("/api/diagnostics", as(hospital.people.northBoss));
  expect(body).toMatchObject({ redis: { state: "not_configured" } });
  expect(await server.get("/readyz")).toMatchObject({
    status: 200,
    body: { parts: { redis: "not_configured" } },
  });
});

it("says that workflows fail, for five minutes after the last one did", () => {
  const metrics = createMetrics();
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  onTestFinished(() => now.mockRestore());
  expect(metrics.workflowsFail()).toBe(false);
  metrics.workflowFailed("run");
  expect(metrics.workflowsFail()).toBe(true);
  now.mockReturnValue(301_000);
  expect(metrics.workflowsFail()).toBe(false);
});

it.each([
  [false, "up"],
  [true, "down"],
] as const)("says among the states of its parts whether workflows fail: %s", async (fail, state) => {
  const parts = await checkParts({
    knex: hospital.knex,
    starter: noTemporal,
    bridge: createLocalBridge(),
    sockets: () => 0,
    metrics: { workflowsFail: () => fail },
    sinkIsLate: null,
    steadiness: createSteadiness(),
  });
  expect(parts["workflows"]).toMatchObject({ state });
});

it("says of a service that it comes and goes, also at a moment at which it answers", async () => {
  const states: ReturnType<Bridge["state"]>[] = ["down", "up", "down", "up"];
  const deps = {
    knex: hospital.knex,
    starter: noTemporal,
    bridge: { ...createLocalBridge(), state: () => must(states.shift(), "state") },
    sockets: () => 0,
    metrics: { workflowsFail: () => false },
    sinkIsLate: null,
    steadiness: createSteadiness(),
  };
  const looks = [];
  for (let n = 0; n < 4; n += 1) looks.push((await checkParts(deps))["redis"]);
  expect(looks.map((part) => [part?.state, part?.unsteady ?? false])).toEqual([
    ["down", false],
    ["up", false],
    ["down", true],
    ["up", true],
  ]);
  expect(looks[3]?.detail).toBe(
    "It went away 2 times within the last minute. Nodes hear of each other's notifications.",
  );
});

it("says that this machine's clock is off from PostgreSQL's, from two seconds on", async () => {
  const clock = async (): Promise<unknown> =>
    JSON.parse((await server.get("/readyz")).text)["parts"]["clock"];
  expect(await clock()).toBe("up");
  const real = Date.now;
  const off = vi.spyOn(Date, "now").mockImplementation(() => real() + 3_000);
  onTestFinished(() => off.mockRestore());
  await expect.poll(clock).toBe("down");
  off.mockImplementation(() => real() - 1_000);
  await expect.poll(clock).toBe("up");
});

it("looks at its parts once for all who ask within a second, on any port", async () => {
  await expect
    .poll(async () => {
      const looks = await looksOf(async () => {
        await Promise.all(Array.from({ length: 50 }, () => server.get("/readyz")));
        await Promise.all(Array.from({ length: 50 }, () => fetch(`${portIn(server.lines)}/readyz`)));
      });
      return looks > 0 && looks <= 4;
    })
    .toBe(true);
});

/** How often PostgreSQL was asked for its clock meanwhile. */
async function looksOf(work: () => Promise<unknown>): Promise<number> {
  let looks = 0;
  const note = ({ sql }: { sql: string }): void => {
    if (sql.includes("clock_timestamp")) looks += 1;
  };
  hospital.knex.on("query", note);
  await work();
  hospital.knex.off("query", note);
  return looks;
}

describe("a path", () => {
  it.each([
    "/Healthz",
    "/healthz/",
    "/METRICS",
    "/api/Notifications",
    "/api/notifications/",
    "/api/users//",
    "/api/openapi.JSON",
  ])("is written in one way: %s is none", async (path) => {
    const response = await fetch(server.url + path, {
      headers: await server.headersOf(as(hospital.people.admin)),
    });
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("tocsin_");
  });
});
