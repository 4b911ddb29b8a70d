import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { as } from "../../testing/calls.ts";
import { codeOf } from "../../testing/totp.ts";
import { Person } from "../../testing/client.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

const PASSWORD = "a long enough password";
/** Ids of those who sign in. */
const PEOPLE = ["person-1", "person-2", "person-3", "person-4", "person-5", "person-6"] as const;
type Id = (typeof PEOPLE)[number];

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  for (const id of PEOPLE) await aPerson(hospital, { id, territory: "north", password: PASSWORD });
  server = await startServer(hospital);
  owner = await hospital.owner("second_factors", "recovery_codes", "audit_events");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const credentials = (id: Id) => ({ email: `${id}@tocsin.example`, password: PASSWORD });
const signIn = (id: Id): Promise<Person> => Person.signIn(server.url, credentials(id));

const Enrolled = z.object({ secret: z.string(), uri: z.string() });
const Recovery = z.object({ recovery_codes: z.array(z.string()) });

const post = (person: Person, path: string, body: object = {}): Promise<Response> =>
  person.fetch(`/api/second-factor${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });

async function tryToSignIn(id: Id, code?: string): Promise<{ status: number; type: string | undefined }> {
  const answer = await server.post("/api/sessions", { ...credentials(id), code });
  return { status: answer.status, type: answer.read(z.object({ type: z.string().optional() })).type };
}

/** Somebody with a confirmed authenticator, who has used up the code of one step ago. */
async function enrolled(id: Id): Promise<{ person: Person; secret: string; recovery: string[] }> {
  const person = await signIn(id);
  const response = await post(person, "");
  expect(response.status).toBe(201);
  const { secret, uri } = Enrolled.parse(await response.json());
  expect(uri).toContain(`otpauth://totp/Tocsin:`);
  expect((await tryToSignIn(id)).status).toBe(201);
  expect((await post(person, "/confirm", { code: "000000" })).status).toBe(422);
  const confirmed = await post(person, "/confirm", { code: await codeOf(secret, -1) });
  expect(confirmed.status).toBe(200);
  return { person, secret, recovery: Recovery.parse(await confirmed.json()).recovery_codes };
}

const required = { status: 401, type: "urn:tocsin:problem:code-required" };
const wrong = { status: 401, type: "urn:tocsin:problem:code-wrong" };

it("asks for a code once the authenticator is confirmed, and takes each code once", async () => {
  const { secret } = await enrolled("person-1");
  expect(await tryToSignIn("person-1")).toEqual(required);
  expect(await tryToSignIn("person-1", "")).toEqual(required);
  for (const code of ["123456", "12345", "abcdef", await codeOf(secret, -3), await codeOf(secret, 4)])
    expect(await tryToSignIn("person-1", code), code).toEqual(wrong);
  const code = await codeOf(secret, 0);
  const both = await Promise.all([tryToSignIn("person-1", code), tryToSignIn("person-1", code)]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 401]);
  expect(await tryToSignIn("person-1", code)).toEqual(wrong);
  expect((await tryToSignIn("person-1", await codeOf(secret, 1))).status).toBe(201);
  // No code from before the last one that was taken is good any more, though its time has not run out.
  expect(await tryToSignIn("person-1", await codeOf(secret, 0))).toEqual(wrong);
});

it("takes each of ten recovery codes once, however it is written", async () => {
  const { person, recovery } = await enrolled("person-2");
  expect(new Set(recovery).size).toBe(10);
  const [first = "", second = ""] = recovery;
  expect((await tryToSignIn("person-2", first)).status).toBe(201);
  expect(await tryToSignIn("person-2", first)).toEqual(wrong);
  expect((await tryToSignIn("person-2", second.toLowerCase().replaceAll("-", " "))).status).toBe(201);
  const status = await person.fetch("/api/second-factor");
  expect(await status.json()).toEqual({ enabled: true, recovery_codes_left: 8 });
  const { rows } = await owner.query(
    "SELECT payload->>'means' AS means FROM audit_events WHERE action = 'session.open' AND payload->>'user_id' = 'person-2' ORDER BY id",
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
  const { secret, recovery } = await enrolled("person-3");
  const stored = await owner.query(
    "SELECT row_to_json(f)::text || (SELECT json_agg(c)::text FROM recovery_codes c) AS text FROM second_factors f",
  );
  const text = stored.rows.map((row) => row.text).join();
  for (const word of [secret, Buffer.from(secret).toString("hex"), ...recovery])
    expect(text).not.toContain(word);
  await owner.query(
    `UPDATE second_factors SET (key_id, wrapped_key, sealed) = (SELECT key_id, wrapped_key, sealed FROM second_factors WHERE user_id = 'person-3')
     WHERE user_id = 'person-1'`,
  );
  expect((await tryToSignIn("person-1", await codeOf(secret, 1))).status).toBe(500);
});

it("comes off by a code, or an admin's hand, and not without", async () => {
  const signedIn = await signIn("person-4");
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
  await signIn("person-4");

  expect(await tryToSignIn("person-2")).toEqual(required);
  const change = { second_factor: false };
  const taken = await server.patch("/api/users/person-2", change, as(hospital.people.admin));
  expect(taken.body).toMatchObject({ second_factor: false });
  expect((await tryToSignIn("person-2")).status).toBe(201);
});

it("ends the person's other sessions when it is put on, renewed or taken off, not the one that does it, and tells the person", async () => {
  const [here, there] = [await signIn("person-6"), await signIn("person-6")];
  const { secret } = Enrolled.parse(await (await post(here, "")).json());
  expect((await there.fetch("/api/sessions")).status).toBe(200);
  const codesOf = async (answer: Response): Promise<string[]> =>
    Recovery.parse(await answer.json()).recovery_codes;
  const [first] = await codesOf(await post(here, "/confirm", { code: await codeOf(secret, -1) }));
  expect((await there.fetch("/api/sessions")).status).toBe(401);
  expect((await here.fetch("/api/sessions")).status).toBe(200);
  const elsewhere = async (code: string | undefined): Promise<() => Promise<number>> => {
    const answer = await server.post("/api/sessions", { ...credentials("person-6"), code });
    expect(answer.status).toBe(201);
    const Cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    return async () => (await server.get("/api/sessions", undefined, { Cookie })).status;
  };
  const second = await elsewhere(first);
  const [fresh] = await codesOf(await post(here, "/recovery-codes", { code: await codeOf(secret) }));
  expect(await second()).toBe(401);
  const third = await elsewhere(fresh);
  expect(await third()).toBe(200);
  expect((await post(here, "/disable", { code: await codeOf(secret, 1) })).status).toBe(204);
  expect(await third()).toBe(401);
  expect((await here.fetch("/api/sessions")).status).toBe(200);
  const told = await hospital.asOwner(
    "SELECT address FROM account_notices WHERE user_id = 'person-6' AND change = 'factor'",
  );
  expect(told).toEqual(Array.from({ length: 3 }, () => ({ address: credentials("person-6").email })));
});

it("bounds the guessing of codes, though the password is known and asked about between", async () => {
  const person = await signIn("person-5");
  const { secret } = Enrolled.parse(await (await post(person, "")).json());
  await post(person, "/confirm", { code: await codeOf(secret, -1) });
  const statuses: number[] = [];
  for (let index = 0; index < 12; index++)
    statuses.push((await tryToSignIn("person-5", index % 2 === 0 ? "000000" : undefined)).status);
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.slice(10)).toEqual([429, 429]);
});
