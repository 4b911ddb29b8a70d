import type pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { createAuthenticator } from "../../testing/authenticator.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { Passkey, PasskeyList } from "./schema.ts";

const PASSWORD = "a long enough password";
const Options = z.looseObject({ challenge: z.string() });

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let people = 0;

beforeAll(async () => {
  hospital = await createHospital();
  const [port = 0] = await freePorts(1);
  server = await startServer(hospital, { PORT: String(port), PUBLIC_URL: `http://localhost:${port}` });
  owner = await hospital.owner("audit_events", "territories", "passkeys", "used_challenges", "sessions");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const somebody = (more: Partial<TestPerson> = {}): Promise<TestPerson> =>
  aPerson(hospital, { id: `keyed-${++people}`, territory: "north", password: PASSWORD, ...more });
const ask = async (by: Parameters<typeof as>[0], headers = {}) =>
  (await server.post("/api/passkeys/options", {}, as(by), headers)).read(Options);
const askIn = async () => (await server.post("/api/sessions/passkey/options", {})).read(Options);
const add = (by: TestPerson, credential: object): Promise<Answer> =>
  server.post("/api/passkeys", { name: "Key on my badge", credential }, as(by));
const signIn = (credential: object, headers = {}): Promise<Answer> =>
  server.post("/api/sessions/passkey", { credential }, undefined, headers);
const list = async (by: TestPerson) => (await server.get("/api/passkeys", as(by))).read(PasskeyList).passkeys;
const demand = async (grace_days: number | null): Promise<void> => {
  const settings = grace_days === null ? {} : { second_factor: { roles: ["clinician"], grace_days } };
  await owner.query("UPDATE territories SET settings = $1 WHERE id = 'north'", [JSON.stringify(settings)]);
};
/** Somebody with a passkey, and its authenticator. */
async function keyed() {
  const person = await somebody();
  const device = createAuthenticator(server.url);
  const { passkey_id } = (await add(person, device.make(await ask(person)))).read(Passkey);
  return { person, device, passkey_id };
}

it("adds what answers this site's own question, with the person's finger, once, on record; other sessions end", async () => {
  const person = await somebody();
  const other = await somebody();
  const elsewhere = await server.post("/api/sessions", { email: person.email, password: PASSWORD });
  const cookie = { Cookie: elsewhere.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
  const device = createAuthenticator(server.url);
  const options = await ask(person);
  expect(options).toMatchObject({
    rp: { id: "localhost" },
    attestation: "none",
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  expect(JSON.stringify(options)).not.toContain(Buffer.from(person.id).toString("base64url"));
  const { challenge } = options;
  const lies = [
    device.make(options, { origin: "https://tocsin.evil.example" }),
    device.make(options, { verified: false }),
    device.make(await ask(other)),
    device.make(await askIn()),
    device.make({ challenge: `${challenge.startsWith("A") ? "B" : "A"}${challenge.slice(1)}` }),
    createAuthenticator("http://another.example").make(options, { origin: server.url }),
  ];
  for (const lie of lies) expect((await add(person, lie)).status).toBe(422);
  const made = device.make(options);
  expect((await add(person, made)).status).toBe(201);
  expect((await add(person, made)).status).toBe(422);
  expect((await add(other, device.make(await ask(other)))).status).toBe(409);
  expect(await list(person)).toMatchObject([{ name: "Key on my badge", last_used_at: null }]);
  expect(await list(other)).toEqual([]);
  expect((await server.get("/api/sessions", undefined, cookie)).status).toBe(401);
  const { rows } = await owner.query(
    "SELECT outcome FROM audit_events WHERE action = 'passkey.add' AND actor = $1 ORDER BY id",
    [`user:${person.id}`],
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual([...lies.map(() => "denied"), "ok", "denied"]);
});

it("signs its person in, and nobody by an answer used before, elsewhere, without a finger, or of a copy", async () => {
  const { person, device, passkey_id } = await keyed();
  const used = device.use(await askIn());
  const answer = await signIn(used);
  expect(answer).toMatchObject({ status: 201, body: { user_id: person.id, limited: false } });
  expect((await signIn(used)).status).toBe(401);
  // The count grows with each answer, so that a second answer to one question is refused for the question alone.
  const once = await askIn();
  expect((await signIn(device.use(once))).status).toBe(201);
  expect((await signIn(device.use(once))).status).toBe(401);
  expect((await signIn(device.use(await askIn(), { origin: "https://tocsin.evil.example" }))).status).toBe(
    401,
  );
  expect((await signIn(device.use(await askIn(), { verified: false }))).status).toBe(401);
  expect((await signIn(device.use(await askIn(), { counter: 1 }))).status).toBe(401);
  expect((await signIn(device.use(await ask(person)))).status).toBe(401);
  expect((await signIn(createAuthenticator(server.url).use(await askIn()))).status).toBe(401);
  expect((await signIn(device.use(await askIn()), { Origin: "https://evil.example" })).status).toBe(403);
  const { rows } = await owner.query(
    "SELECT outcome, payload FROM audit_events WHERE action = 'session.open' AND payload->>'user_id' = $1 ORDER BY id",
    [person.id],
  );
  expect(rows[0]).toEqual({ outcome: "ok", payload: { user_id: person.id, means: "passkey" } });
  expect(rows.at(-1)).toEqual({ outcome: "denied", payload: { user_id: person.id, reason: "passkey" } });
  await server.delete(`/api/users/${person.id}`, as(hospital.people.admin));
  expect((await signIn(device.use(await askIn()))).status).toBe(401);
  expect(passkey_id).toMatch(/^[0-9a-f-]{36}$/);
});

it("bars no password by made-up answers, nor lets through more wrong ones at once than its own bound", async () => {
  const [port = 0] = await freePorts(1);
  const strict = await startServer(hospital, {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    RATE_FAILURES_PER_MINUTE: "5",
  });
  onTestFinished(() => strict.stop());
  const { device } = await keyed();
  const fresh = async () => (await strict.post("/api/sessions/passkey/options", {})).read(Options);
  const give = async (credential: object): Promise<number> =>
    (await strict.post("/api/sessions/passkey", { credential })).status;
  const stranger = createAuthenticator(strict.url);
  for (let index = 0; index < 8; index++) expect(await give(stranger.use(await fresh()))).toBe(401);
  const noChallenge = stranger.use({ challenge: "made-up" });
  for (let index = 0; index < 8; index++) expect(await give(noChallenge)).toBe(401);

  const wrong = await Promise.all(
    Array.from({ length: 12 }, async () => device.use(await fresh(), { verified: false })),
  );
  const answers = await Promise.all(wrong.map(give));
  expect(answers.filter((status) => status === 401)).toHaveLength(5);
  expect(answers.filter((status) => status === 429)).toHaveLength(7);
  const other = await somebody();
  expect((await strict.post("/api/sessions", { email: other.email, password: PASSWORD })).status).toBe(201);
});

it("bounds wrong answers from a device that is known too, and what made-up ids have it look up", async () => {
  const [port = 0] = await freePorts(1);
  const strict = await startServer(hospital, {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    RATE_FAILURES_PER_MINUTE: "5",
    RATE_ACCOUNT_FAILURES: "3",
  });
  onTestFinished(() => strict.stop());
  const { device } = await keyed();
  const other = await somebody();
  const fresh = async () => (await strict.post("/api/sessions/passkey/options", {})).read(Options);
  const signedIn = await strict.post("/api/sessions", { email: other.email, password: PASSWORD });
  const cookies = signedIn.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
  const known = { Cookie: cookies.find((cookie) => cookie.startsWith("tocsin-device=")) ?? "" };
  const give = async (credential: object): Promise<number> =>
    (await strict.post("/api/sessions/passkey", { credential }, undefined, known)).status;
  const statuses: number[] = [];
  for (let n = 0; n < 12; n++) statuses.push(await give(device.use(await fresh(), { verified: false })));
  expect(statuses.filter((status) => status === 401)).toHaveLength(3 + 5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(4);

  const challenge = await fresh();
  const made = Array.from({ length: 100 }, () => createAuthenticator(strict.url).use(challenge));
  expect(new Set(await Promise.all(made.map(give)))).toEqual(new Set([401, 429]));
});

it("is a second factor: the password alone is not enough, and a role that demands one is satisfied", async () => {
  await demand(0);
  const person = await somebody();
  const credentials = { email: person.email, password: PASSWORD };
  const limited = await server.post("/api/sessions", credentials);
  expect(limited.body).toMatchObject({ limited: true });
  const by = { Cookie: limited.headers.getSetCookie()[0]?.split(";")[0] ?? "", Origin: server.url };
  const device = createAuthenticator(server.url);
  const options = (await server.post("/api/passkeys/options", {}, undefined, by)).read(Options);
  const body = { name: "Mine", credential: device.make(options) };
  const { passkey_id } = (await server.post("/api/passkeys", body, undefined, by)).read(Passkey);
  expect((await server.get("/api/sessions", undefined, by)).body).toMatchObject({ limited: false });
  expect(await server.post("/api/sessions", credentials)).toMatchObject({
    status: 401,
    body: { type: "urn:tocsin:problem:passkey-required" },
  });
  expect((await server.delete(`/api/passkeys/${passkey_id}`, undefined, by)).status).toBe(409);
  await demand(null);
  expect((await server.delete(`/api/passkeys/${passkey_id}`, undefined, by)).status).toBe(204);
  expect((await server.post("/api/sessions", credentials)).status).toBe(201);
  expect((await signIn(device.use(await askIn()))).status).toBe(401);
});

it("comes off by its person alone, or by two admins, who see that there is one", async () => {
  const { person, device, passkey_id } = await keyed();
  const admin = await aPerson(hospital, { id: "first-admin", role: "admin", password: PASSWORD });
  const second = await aPerson(hospital, { id: "second-admin", role: "admin", password: PASSWORD });
  expect((await server.delete(`/api/passkeys/${passkey_id}`, as(await somebody()))).status).toBe(404);
  expect((await server.delete(`/api/passkeys/${passkey_id}`, as(admin))).status).toBe(404);
  expect((await server.get(`/api/users/${person.id}`, as(admin))).body).toMatchObject({
    second_factor: true,
  });
  const asked = await server.patch(`/api/users/${person.id}`, { second_factor: false }, as(admin));
  expect(asked.status).toBe(202);
  expect((await signIn(device.use(await askIn()))).status).toBe(201);
  const { pending_changes } = asked.read(
    z.looseObject({ pending_changes: z.array(z.looseObject({ change_id: z.string() })) }),
  );
  const confirmed = await server.post(
    `/api/changes/${pending_changes[0]?.change_id}/confirm`,
    {},
    as(second),
  );
  expect(confirmed.status).toBe(200);
  expect((await signIn(device.use(await askIn()))).status).toBe(401);
});

it("forgets the questions that were answered once their time is over", async () => {
  await owner.query("UPDATE used_challenges SET expires_at = now() - interval '1 second'");
  const { device } = await keyed();
  expect((await signIn(device.use(await askIn()))).status).toBe(201);
  const { rows } = await owner.query("SELECT count(*)::int AS left FROM used_challenges");
  expect(rows).toEqual([{ left: 2 }]);
});

it("is not there without a public address", async () => {
  const without = await startServer(hospital);
  const { north1 } = hospital.people;
  expect((await without.get("/api/sessions/methods")).body).toMatchObject({ passkey: false });
  expect((await without.post("/api/sessions/passkey/options", {})).status).toBe(404);
  expect((await without.post("/api/passkeys/options", {}, as(north1))).status).toBe(404);
  await without.stop();
});
