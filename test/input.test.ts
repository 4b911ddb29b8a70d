import { gzipSync } from "node:zlib";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoUser, send, targetOf } from "../testing/client.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";

type Body = string | Uint8Array<ArrayBuffer>;

/** The answers to sends that can't be taken, in the order of the checks, and the traces that such sends leave. */
describe("bad input", () => {
  let site: Site;
  let node: Program;
  let key: string;
  let good: { user_id: string; territory_id: string; message: string };
  let foreign: { user_id: string; territory_id: string };
  let owner: pg.Client;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start({ role: "api" });
    const demo = await site.demo();
    key = demo.api_key;
    const [mine, other] = [demoUser(demo, "clinician"), demoUser(demo, "clinician", 2)];
    good = { ...targetOf(mine), message: "Good" };
    foreign = targetOf(other);
    owner = new pg.Client({ connectionString: site.databaseUrl });
    await owner.connect();
    // The owner is bound by row-level security too; for counting it is lifted.
    await owner.query(
      "ALTER TABLE sends NO FORCE ROW LEVEL SECURITY; ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY",
    );
  });
  afterAll(async () => {
    await owner.end();
    await site.close();
  });

  const post = (body: Body, headers: Record<string, string> = {}) =>
    fetch(`${node.url}/api/notifications/send`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
      body,
    });
  const count = async (sql: string): Promise<number> =>
    Number((await owner.query(`SELECT count(*) FROM ${sql}`)).rows[0].count);
  const json = (change: object): string => JSON.stringify({ ...good, ...change });
  const raw = (text: string): string => JSON.stringify(good).replace('"Good"', text);

  const cases: [name: string, status: number, body: () => Body, headers?: Record<string, string>][] = [
    ["a number for a user", 422, () => json({ user_id: 7 })],
    ["an array for a message", 422, () => json({ message: ["x"] })],
    ["no message", 422, () => json({ message: undefined })],
    ["no user", 422, () => json({ user_id: undefined })],
    ["no territory", 422, () => json({ territory_id: undefined })],
    ["an array for a body", 422, () => "[]"],
    ["null for a body", 422, () => "null"],
    ["an empty message", 422, () => json({ message: "" })],
    ["a blank message", 422, () => json({ message: " \n\t\u3000" })],
    ["an id of 201 characters", 422, () => json({ user_id: "x".repeat(201) })],
    ["an unknown category", 422, () => json({ category: "weather" })],
    ["an unknown priority", 422, () => json({ priority: "urgent" })],
    ["an unknown channel", 422, () => json({ channels: ["pigeon"] })],
    ["an unknown field", 422, () => json({ colour: "red" })],
    ["a time that is none", 422, () => json({ send_at: "tomorrow" })],
    ["metadata that is no object of strings", 422, () => json({ metadata: { a: 1 } })],
    ["a message of 70 KB", 413, () => json({ message: "x".repeat(70_000) })],
    ["70 KB of plain text", 413, () => "x".repeat(70_000), { "Content-Type": "text/plain" }],
    [
      "a gzip bomb",
      413,
      () => new Uint8Array(gzipSync(Buffer.alloc(50_000_000, " "))),
      { "Content-Encoding": "gzip" },
    ],
    ["plain text", 415, () => json({}), { "Content-Type": "text/plain" }],
    ["a form", 415, () => "user_id=x", { "Content-Type": "application/x-www-form-urlencoded" }],
    ["another charset", 415, () => json({}), { "Content-Type": "application/json; charset=latin1" }],
    ["an unknown encoding", 415, () => json({}), { "Content-Encoding": "compress" }],
    [
      "Brotli, whose decoder fills 16 MiB before any bound holds",
      415,
      () => new Uint8Array(Buffer.from("cfffff7f002400e2b14072efffebffff014800c46101e8de3f00", "hex")),
      { "Content-Encoding": "br" },
    ],
    ["gzip that is none", 400, () => json({}), { "Content-Encoding": "gzip" }],
    ["no body", 400, () => ""],
    ["half a body", 400, () => '{"user_id": '],
    ["NUL", 400, () => raw('"a\\u0000b"')],
    ["a lone surrogate", 400, () => raw('"a\\ud800b"')],
    ["invalid UTF-8", 400, () => new Uint8Array(Buffer.from(raw('"a\xffb"'), "latin1"))],
    ["a key twice", 400, () => raw('"x","message":"y"')],
    ["__proto__", 400, () => raw('"x","__proto__":{"admin":true}')],
    ["30,000 nested brackets", 400, () => raw(`${"[".repeat(30_000)}${"]".repeat(30_000)}`)],
    ["an unknown user", 422, () => json({ user_id: "nobody" })],
    ["a user outside the territory", 422, () => json({ user_id: foreign.user_id })],
    ["a territory outside the key", 403, () => json({ territory_id: "elsewhere" })],
    ["an Idempotency-Key with a space", 422, () => json({}), { "Idempotency-Key": "a b" }],
  ];

  it.each(cases)("%s: %i", async (_name, status, body, headers) => {
    const [sends, denials] = [await count("sends"), await count("audit_events WHERE outcome = 'denied'")];
    const response = await post(body(), headers);
    const problem = await response.json();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem).toMatchObject({ status, type: expect.stringMatching(/^urn:tocsin:problem:[a-z-]+$/) });
    expect(await count("sends")).toBe(sends);
    expect(await count("audit_events WHERE outcome = 'denied'")).toBe(denials + 1);
  });

  it("answers 401 before it reads the body, the same for every bad key, on record", async () => {
    const denials = await count("audit_events WHERE action = 'service.authenticate'");
    const [id = "", secret = ""] = key.split(".");
    const bad = [
      "",
      "Bearer",
      "Bearer x",
      `Basic ${key}`,
      `Bearer ${id}.${"x".repeat(43)}`,
      `Bearer tocsin_nobody.${secret}`,
    ];
    const answers = await Promise.all(bad.map((value) => post("x".repeat(70_000), { Authorization: value })));
    for (const answer of answers) expect(answer.status).toBe(401);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(texts).size).toBe(1);
    expect(await count("audit_events WHERE action = 'service.authenticate'")).toBe(denials + bad.length);
  });

  it("takes whatever Unicode there is", async () => {
    const message = "Kalium 6,8 · カリウム · \u202eabc · 👩🏽‍⚕️";
    expect(await send(node.url, key, { ...good, message })).toMatchObject({
      status: 202,
      body: { status: "sent" },
    });
  });

  it("takes a gzipped body", async () => {
    const response = await post(new Uint8Array(gzipSync(json({ message: "Zipped" }))), {
      "Content-Encoding": "gzip",
    });
    expect(response.status).toBe(202);
  });
});
