import { once } from "node:events";
import { connect } from "node:net";
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

/** Attacks on the API from outside, and its answers. */
let site: Site;
let node: Program;
let people: Record<"clinician" | "supervisor" | "admin" | "auditor", Person>;

beforeAll(async () => {
  site = await createSite();
  node = await site.start({ role: "api" });
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

  it("ends a connection on which nobody reads or writes", async () => {
    const app = new Koa();
    const server = createHttpServer(app, { silence: 300 });
    expect(createHttpServer(app).timeout).toBe(60_000);
    app.use((ctx) => void (ctx.body = Buffer.alloc(64 * 1_024 * 1_024)));
    const port = await listen(server, 0, "127.0.0.1");
    const socket = connect(port, "127.0.0.1");
    const ended = once(server, "connection").then(([one]) => once(one, "close"));
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.pause();
    await ended;
    socket.destroy();
    server.close();
  });

  it.each([
    [
      "headers",
      { headersTimeout: 500, requestTimeout: 0 },
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    ],
    ["a body", { headersTimeout: 500, requestTimeout: 1_000 }, `${post}Content-Length: 10000\r\n\r\n`],
  ])("answers %s that come a byte at a time with 408", async (_what, bounds, text) => {
    const app = new Koa();
    app.use(async (ctx) => {
      for await (const _ of ctx.req) ctx.status = 200;
    });
    app.silent = true;
    const standard = createHttpServer(app);
    expect([standard.headersTimeout, standard.requestTimeout]).toEqual([10_000, 30_000]);
    const server = createHttpServer(app, bounds);
    const url = `http://127.0.0.1:${await listen(server, 0, "127.0.0.1")}`;
    expect(await rawStatus(url, text, "x".repeat(1_000))).toBe(408);
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
    const [session, device] = response.headers.getSetCookie();
    expect(session).toMatch(/^tocsin=[\w-]{43}\.[\w-]{22}; path=\/; expires=[^;]+; samesite=lax; httponly$/);
    expect(device).toMatch(/^tocsin-device=[\w.~-]+; path=\/; expires=[^;]+; samesite=lax; httponly$/);
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
      const { headers } = await fetch(`${node.url}${path}`, { headers: { Origin: "https://evil.example" } });
      expect(headers.get("content-security-policy"), path).toContain("default-src 'none'");
      expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
      expect(headers.get("content-security-policy"), path).toContain("base-uri 'none'");
      // The page of the API's document makes calls of this site.
      const policy = headers
        .get("content-security-policy")
        ?.replace(path === "/api/docs" ? "connect-src 'self'" : "", "");
      expect(policy, path).not.toContain("self");
      expect(policy, path).not.toContain("unsafe");
      expect(headers.get("access-control-allow-origin"), path).toBeNull();
      expect(headers.get("referrer-policy"), path).toBe("no-referrer");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("x-powered-by"), path).toBeNull();
      expect(headers.get("server"), path).toBeNull();
    }
  });
});
