import Koa from "koa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { must } from "../config/must.ts";
import { KeyWithSecret } from "../api/keys/schema.ts";
import { Service } from "../api/services/schema.ts";
import { createHttpServer, listen } from "../api/http/server.ts";
import { PROTOCOL } from "../channels/contract.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import type { Program } from "../testing/program.ts";
import { rawStatus } from "../testing/raw.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Attacks on the API from outside, and its answers. */
let site: Site;
let node: Program;
let people: Record<"clinician" | "supervisor" | "admin" | "auditor", Person>;

beforeAll(async () => {
  site = await createSite();
  node = await site.start();
  const demo = await site.demo();
  const as = (role: string): Promise<Person> => Person.signIn(node.url, demoUser(demo, role));
  people = {
    clinician: await as("clinician"),
    supervisor: await as("supervisor"),
    admin: await as("admin"),
    auditor: await as("auditor"),
  };
});
afterAll(async () => {
  // None of the attacks led to an error that the program had not foreseen.
  expect(site.lines().filter((line) => line.includes('"msg":"failed"'))).toEqual([]);
  await site.close();
});

describe("another site's page", () => {
  const foreign = ["https://evil.example", "null", "http://localhost.evil.example", "file://"];

  it.each(foreign)("can't use a person's cookie from %s", async (origin) => {
    const person = people.clinician;
    for (const [method, path] of [
      ["POST", "/api/realtime/tickets"],
      ["DELETE", "/api/sessions"],
      ["POST", "/api/notifications/0198c0de-0000-7000-8000-000000000000/acknowledge"],
      ["PUT", "/api/preferences"],
    ] as const) {
      const response = await fetch(`${node.url}${path}`, {
        method,
        headers: { Cookie: person.cookie, Origin: origin },
      });
      expect(response.status, `${method} ${path}`).toBe(403);
    }
    expect((await person.fetch("/api/sessions")).status).toBe(200);
  });

  it("can't use it without saying where it stands, sign anybody in, or open a live connection", async () => {
    const silent = await fetch(`${node.url}/api/realtime/tickets`, {
      method: "POST",
      headers: { Cookie: people.clinician.cookie },
    });
    expect(silent.status).toBe(403);
    const { email, password } = demoUser(await site.demo(), "clinician");
    const signIn = await fetch(`${node.url}/api/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: "https://evil.example" },
      body: JSON.stringify({ email, password }),
    });
    expect(signIn.status).toBe(403);
    const socket = new WebSocket(`${node.url.replace("http", "ws")}/api/realtime`, PROTOCOL, {
      headers: { Cookie: people.clinician.cookie, Origin: "https://evil.example" },
    });
    const status = await new Promise((resolve) => {
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("open", () => resolve("open"));
      socket.on("error", () => undefined);
    });
    socket.terminate();
    expect(status).toBe(403);
  });
});

describe("the wire", { concurrent: true }, () => {
  const head = "Host: localhost\r\nContent-Type: application/json\r\n";
  const post = `POST /api/notifications/send HTTP/1.1\r\n${head}`;

  it.each([
    [
      "both Content-Length and Transfer-Encoding",
      400,
      `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["two Content-Lengths", 400, `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}`],
    [
      "a Transfer-Encoding that does not end in chunked",
      400,
      `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    ["a space before the colon", 400, `${post}Content-Length : 4\r\n\r\n{}{}`],
    ["bare line feeds", 400, "GET /healthz HTTP/1.1\nHost: localhost\n\n"],
    ["no Host", 400, "GET /healthz HTTP/1.1\r\n\r\n"],
    [
      "a header of 20 KB",
      431,
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`,
    ],
    [
      "a cookie of 20 KB",
      431,
      `GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nCookie: a=${"x".repeat(20_000)}\r\n\r\n`,
    ],
    ["NUL in a header", 400, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Nul: a\0b\r\n\r\n"],
    ["nothing wrong", 200, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ])("answers %s with %i", async (_what, status, text) => {
    expect(await rawStatus(node.url, text)).toBe(status);
  });

  it("answers headers that come a byte at a time with 408, within 12 s", { timeout: 20_000 }, async () => {
    const start = performance.now();
    const drip = `X-Slow: ${"x".repeat(1_000)}`;
    expect(await rawStatus(node.url, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n", drip)).toBe(408);
    expect(performance.now() - start).toBeLessThan(12_000);
  });

  it("answers a body that comes a byte at a time with 408", async () => {
    const app = new Koa();
    app.use(async (ctx) => {
      for await (const _ of ctx.req) ctx.status = 200;
    });
    app.silent = true;
    const standard = createHttpServer(app);
    expect([standard.headersTimeout, standard.requestTimeout]).toEqual([10_000, 30_000]);
    const server = createHttpServer(app, { headersTimeout: 500, requestTimeout: 1_000 });
    const url = `http://127.0.0.1:${await listen(server, 0, "127.0.0.1")}`;
    expect(await rawStatus(url, `${post}Content-Length: 10000\r\n\r\n`, "x".repeat(1_000))).toBe(408);
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
});

describe("forged cookies", () => {
  it("sign nobody in", async () => {
    const own = z.object({ sessions: z.array(z.object({ session_id: z.string() })) });
    const listed = own.parse(await (await people.clinician.fetch("/api/sessions/own")).json());
    const token = must(people.clinician.cookie.split("=")[1], "cookie");
    expect(token.length).toBeGreaterThanOrEqual(43);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const forged = [
      "",
      "x",
      "demo-clinician-1",
      must(listed.sessions[0], "session").session_id,
      token.slice(0, -1),
      `${token}A`,
      `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`,
      token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase(),
      Buffer.from(token).toString("base64"),
      `${part({ alg: "none", typ: "JWT" })}.${part({ sub: "demo-admin", role: "admin", exp: 4e9 })}.`,
      `${part({ alg: "HS256" })}.${part({ sub: "demo-admin" })}.${"A".repeat(43)}`,
      "' OR '1'='1",
      "%00",
      "x".repeat(4_000),
    ];
    for (const value of forged) {
      const response = await fetch(`${node.url}/api/sessions`, { headers: { Cookie: `tocsin=${value}` } });
      expect(response.status, value).toBe(401);
    }
    const twice = await fetch(`${node.url}/api/sessions`, {
      headers: { Cookie: `tocsin=x; tocsin=${token}` },
    });
    expect(twice.status).toBe(401);
    expect((await people.clinician.fetch("/api/sessions")).status).toBe(200);
  });

  it("are not to be read by scripts, nor sent along from other sites", async () => {
    const { email, password } = demoUser(await site.demo(), "clinician");
    const response = await fetch(`${node.url}/api/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    expect(response.headers.get("set-cookie")).toMatch(
      /^tocsin=[\w-]{43}; path=\/; expires=[^;]+; samesite=lax; httponly$/,
    );
  });
});

describe("what no id, number or time can be", () => {
  const ids = [
    "x",
    "0",
    "%00",
    "%ff",
    "..%2f..%2fetc",
    "'%20OR%201%3D1%20--",
    "x".repeat(2_000),
    `${"0".repeat(8)}-0000-0000-0000-00000000000g`,
    "%F0%9F%98%80",
    "-1",
    "null",
  ];
  const paths: [keyof typeof people, string, string][] = [
    ["clinician", "GET", "/api/notifications/:id"],
    ["clinician", "POST", "/api/notifications/:id/acknowledge"],
    ["clinician", "POST", "/api/notifications/:id/reveal"],
    ["clinician", "GET", "/api/notifications/:id/deliveries"],
    ["clinician", "DELETE", "/api/sessions/:id"],
    ["supervisor", "POST", "/api/deliveries/:id/redeliver"],
    ["supervisor", "GET", "/api/escalation-policies/:id"],
    ["admin", "GET", "/api/users/:id"],
    ["admin", "DELETE", "/api/users/:id"],
    ["admin", "GET", "/api/territories/:id"],
    ["admin", "GET", "/api/services/:id"],
    ["admin", "DELETE", "/api/keys/:id"],
  ];

  it.each(paths)("is 404 in a path (as %s: %s %s)", async (who, method, path) => {
    for (const id of ids) {
      const response = await people[who].fetch(path.replace(":id", id), { method });
      expect(response.status, id).toBe(404);
      expect(response.headers.get("content-type"), id).toBe("application/problem+json");
    }
  });

  it("is 404 for a sender too", async () => {
    const { api_key } = await site.demo();
    for (const id of ids) {
      const response = await fetch(`${node.url}/api/notifications/${id}/deliveries`, {
        headers: { Authorization: `Bearer ${api_key}` },
      });
      expect(response.status, id).toBe(404);
    }
  });

  const numbers = [
    "0",
    "-1",
    "101",
    "1.5",
    "1e3",
    "x",
    "",
    "NaN",
    "Infinity",
    "99999999999999999999",
    "1;DROP TABLE users",
  ];
  const times = [
    "yesterday",
    "2024-13-45",
    "2024-02-30",
    "infinity",
    "now",
    "1700000000",
    "2024-01-01T25:00:00Z",
    "'",
  ];
  const cursors = [
    "x",
    "AAAA",
    "e30",
    Buffer.from("[1,2]").toString("base64url"),
    Buffer.from('[9e99,"x"]').toString("base64url"),
  ];
  const lists: [keyof typeof people, string][] = [
    ["clinician", "/api/notifications"],
    ["supervisor", "/api/deliveries"],
    ["supervisor", "/api/escalation-policies"],
    ["admin", "/api/users"],
    ["admin", "/api/territories"],
    ["admin", "/api/services"],
    ["admin", "/api/keys"],
    ["auditor", "/api/audit"],
  ];

  it.each(lists)("is 422 in a query (as %s: %s)", async (who, path) => {
    const wrong = [
      ...numbers.map((value) => `limit=${encodeURIComponent(value)}`),
      ...cursors.map((value) => `cursor=${encodeURIComponent(value)}`),
      "limit=1&limit=2",
      "anything=%00",
      "%00=1",
    ];
    for (const query of wrong) expect((await people[who].fetch(`${path}?${query}`)).status, query).toBe(422);
    expect((await people[who].fetch(path)).status).toBe(200);
  });

  it("is 422 where a time is asked for", async () => {
    for (const [who, path] of [
      ["supervisor", "/api/deliveries"],
      ["auditor", "/api/audit"],
    ] as const)
      for (const name of ["from", "to"])
        for (const value of times) {
          const response = await people[who].fetch(`${path}?${name}=${encodeURIComponent(value)}`);
          expect(response.status, `${path} ${name}=${value}`).toBe(422);
        }
  });
});

describe("wildcards in filters", () => {
  it("mean themselves", async () => {
    const demo = await site.demo();
    const { user_id, territory_id } = demoUser(demo, "clinician");
    await send(node.url, demo.api_key, { user_id, territory_id, message: "To be listed" });
    const listed = z.object({ deliveries: z.array(z.unknown()).min(1) });
    await until("a delivery is listed", async () => {
      const response = await people.supervisor.fetch(
        `/api/deliveries?territory=${territory_id}&channel=websocket`,
      );
      return listed.safeParse(await response.json()).success;
    });
    for (const value of ["%", "_", "%25", "*", ".*", "north%", "websocke_", "\\"]) {
      const text = encodeURIComponent(value);
      for (const query of [`territory=${text}`, `channel=${text}`]) {
        const response = await people.supervisor.fetch(`/api/deliveries?${query}`);
        expect(await response.json(), query).toEqual({ deliveries: [], next: null });
      }
      for (const path of [`users?territory=${text}`, `users?q=${encodeURIComponent(`${value}${value}`)}`]) {
        const response = await people.admin.fetch(`/api/${path}`);
        expect(await response.json(), path).toEqual({ users: [], next: null });
      }
    }
  });
});

describe("keys", () => {
  it("of two services have Idempotency-Keys of their own", async () => {
    const make = async (path: string, body: object): Promise<unknown> => {
      const response = await people.admin.fetch(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      });
      return await response.json();
    };
    const { user_id, territory_id } = demoUser(await site.demo(), "clinician");
    const keys: string[] = [];
    for (const name of ["First", "Second"]) {
      const { service_id } = Service.parse(await make("/api/services", { name }));
      keys.push(
        KeyWithSecret.parse(await make("/api/keys", { service_id, territory_ids: [territory_id] })).key,
      );
    }
    const [first = "", second = ""] = keys;
    const body = { user_id, territory_id, message: "The same key" };
    const once = { "Idempotency-Key": "shared-by-chance" };
    const mine = await send(node.url, first, body, once);
    const theirs = await send(node.url, second, { ...body, message: "Quite another" }, once);
    expect([mine.status, theirs.status]).toEqual([202, 202]);
    expect(theirs.headers.get("idempotency-replayed")).toBeNull();
    expect(theirs.body.notification_id).not.toBe(mine.body.notification_id);
    const again = await send(node.url, first, body, once);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.body.notification_id).toBe(mine.body.notification_id);
  });

  it("can't be guessed for long, whatever X-Forwarded-For and its like say", async () => {
    const { api_key } = await site.demo();
    const [id = ""] = api_key.split(".");
    const statuses: number[] = [];
    for (let index = 0; index < 40; index++) {
      const address = `198.51.100.${index}`;
      const response = await fetch(`${node.url}/api/notifications/send`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${id}.${String(index).padStart(43, "A")}`,
          "X-Forwarded-For": address,
          "X-Real-IP": address,
          Forwarded: `for=${address}`,
        },
      });
      statuses.push(response.status);
      if (response.status === 429) expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    expect(statuses.slice(30)).toEqual(Array.from({ length: 10 }, () => 429));
  });
});

describe("every answer", () => {
  it("forbids to frame, sniff or script it, and names no maker", async () => {
    for (const path of ["/api/sessions", "/api/docs", "/healthz", "/api/nothing"]) {
      const { headers } = await fetch(`${node.url}${path}`);
      expect(headers.get("content-security-policy"), path).toContain("default-src 'none'");
      expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("x-powered-by"), path).toBeNull();
      expect(headers.get("server"), path).toBeNull();
    }
  });
});
