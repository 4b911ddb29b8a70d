import { generate } from "otplib";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { demoUser, Person } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";

let site: Site;
let node: Program;
let owner: pg.Client;

beforeAll(async () => {
  site = await createSite();
  node = await site.start({ role: "api" });
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  for (const table of ["second_factors", "recovery_codes", "audit_events"])
    await owner.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
});
afterAll(async () => {
  await owner.end();
  await site.close();
});

const STEP = 30;
const Enrolled = z.object({ secret: z.string(), uri: z.string() });
const Recovery = z.object({ recovery_codes: z.array(z.string()) });

/** The code of the time step that lies `steps` from now. */
const codeOf = (secret: string, steps = 0): Promise<string> =>
  generate({ secret, epoch: Math.floor(Date.now() / 1_000) + steps * STEP });

const post = (person: Person, path: string, body: object = {}): Promise<Response> =>
  person.fetch(`/api/second-factor${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });

async function tryToSignIn(
  which: number,
  code?: string,
): Promise<{ status: number; type: string | undefined }> {
  const { email, password } = demoUser(await site.demo(), "clinician", which);
  const response = await fetch(`${node.url}/api/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password, code }),
  });
  const { type } = z.object({ type: z.string().optional() }).parse(await response.json());
  return { status: response.status, type };
}

/** Somebody with a confirmed authenticator, who has used up the code of one step ago. */
async function enrolled(which: number): Promise<{ person: Person; secret: string; recovery: string[] }> {
  const person = await Person.signIn(node.url, demoUser(await site.demo(), "clinician", which));
  const response = await post(person, "");
  expect(response.status).toBe(201);
  const { secret, uri } = Enrolled.parse(await response.json());
  expect(uri).toContain(`otpauth://totp/Tocsin:`);
  expect((await tryToSignIn(which)).status).toBe(201);
  expect((await post(person, "/confirm", { code: "000000" })).status).toBe(422);
  const confirmed = await post(person, "/confirm", { code: await codeOf(secret, -1) });
  expect(confirmed.status).toBe(200);
  return { person, secret, recovery: Recovery.parse(await confirmed.json()).recovery_codes };
}

const required = { status: 401, type: "urn:tocsin:problem:code-required" };
const wrong = { status: 401, type: "urn:tocsin:problem:code-wrong" };

it("asks for a code once the authenticator is confirmed, and takes each code once", async () => {
  const { secret } = await enrolled(0);
  expect(await tryToSignIn(0)).toEqual(required);
  expect(await tryToSignIn(0, "")).toEqual(required);
  for (const code of ["123456", "12345", "abcdef", await codeOf(secret, -3), await codeOf(secret, 4)])
    expect(await tryToSignIn(0, code), code).toEqual(wrong);
  const code = await codeOf(secret, 0);
  const both = await Promise.all([tryToSignIn(0, code), tryToSignIn(0, code)]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
  expect(await tryToSignIn(0, code)).toEqual(wrong);
  expect((await tryToSignIn(0, await codeOf(secret, 1))).status).toBe(201);
  // What lies before the last code that was taken is over, though its time is not.
  expect(await tryToSignIn(0, await codeOf(secret, 0))).toEqual(wrong);
});

it("takes each of ten recovery codes once, however it is written", async () => {
  const { person, recovery } = await enrolled(1);
  expect(new Set(recovery).size).toBe(10);
  const [first = "", second = ""] = recovery;
  expect((await tryToSignIn(1, first)).status).toBe(201);
  expect(await tryToSignIn(1, first)).toEqual(wrong);
  expect((await tryToSignIn(1, second.toLowerCase().replaceAll("-", " "))).status).toBe(201);
  const status = await person.fetch("/api/second-factor");
  expect(await status.json()).toEqual({ enabled: true, recovery_codes_left: 8 });
  const { rows } = await owner.query(
    "SELECT payload->>'means' AS means FROM audit_events WHERE action = 'session.open' AND payload->>'user_id' = 'demo-clinician-2' ORDER BY id",
  );
  expect(rows.map(({ means }) => means)).toEqual([
    "password",
    "password",
    "recovery code",
    null,
    "recovery code",
  ]);
});

it("keeps neither the secret nor the recovery codes readable, nor the secret of another good in one's place", async () => {
  const { rows } = await owner.query("SELECT * FROM second_factors ORDER BY user_id");
  expect(rows).toHaveLength(2);
  const { secret, recovery } = await enrolled(2);
  const stored = await owner.query(
    "SELECT row_to_json(f)::text || (SELECT json_agg(c)::text FROM recovery_codes c) AS text FROM second_factors f",
  );
  const text = stored.rows.map((row) => row.text).join();
  for (const word of [secret, Buffer.from(secret).toString("hex"), ...recovery])
    expect(text).not.toContain(word);
  await owner.query(
    `UPDATE second_factors SET (key_id, wrapped_key, sealed) = (SELECT key_id, wrapped_key, sealed FROM second_factors WHERE user_id = 'demo-clinician-3')
     WHERE user_id = 'demo-clinician-1'`,
  );
  expect((await tryToSignIn(0, await codeOf(secret, 1))).status).toBe(500);
});

it("comes off by a code, or an admin's hand, and not without", async () => {
  const demo = await site.demo();
  const signedIn = await Person.signIn(node.url, demoUser(demo, "supervisor"));
  const { secret } = Enrolled.parse(await (await post(signedIn, "")).json());
  expect((await post(signedIn, "/disable", { code: await codeOf(secret) })).status).toBe(409);
  const answer = await post(signedIn, "/confirm", { code: await codeOf(secret, -1) });
  const [recovery = ""] = Recovery.parse(await answer.json()).recovery_codes;
  expect((await post(signedIn, "")).status).toBe(409);
  expect((await post(signedIn, "/disable", { code: "000000" })).status).toBe(422);
  const renewed = await post(signedIn, "/recovery-codes", { code: await codeOf(secret) });
  expect(renewed.status).toBe(200);
  expect((await post(signedIn, "/disable", { code: recovery })).status).toBe(422);
  const [fresh = ""] = Recovery.parse(await renewed.json()).recovery_codes;
  expect((await post(signedIn, "/disable", { code: fresh })).status).toBe(204);
  await Person.signIn(node.url, demoUser(demo, "supervisor"));

  const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
  expect(await tryToSignIn(1)).toEqual(required);
  const taken = await admin.fetch("/api/users/demo-clinician-2", {
    method: "PATCH",
    body: '{"second_factor":false}',
    headers: { "Content-Type": "application/json" },
  });
  expect(await taken.json()).toMatchObject({ second_factor: false });
  expect((await tryToSignIn(1)).status).toBe(201);
});

it("bounds the guessing of codes, though the password is known and asked about between", async () => {
  const demo = await site.demo();
  const person = await Person.signIn(node.url, demoUser(demo, "supervisor", 1));
  const { secret } = Enrolled.parse(await (await post(person, "")).json());
  await post(person, "/confirm", { code: await codeOf(secret, -1) });
  const { email, password } = demoUser(demo, "supervisor", 1);
  const statuses: number[] = [];
  for (let index = 0; index < 12; index++) {
    const response = await fetch(`${node.url}/api/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email, password, code: index % 2 === 0 ? "000000" : undefined }),
    });
    statuses.push(response.status);
  }
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.slice(10)).toEqual([429, 429]);
});
