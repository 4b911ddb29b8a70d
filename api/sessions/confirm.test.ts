import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { routes } from "../routes.ts";
import { type Answer, as, type Caller } from "../../testing/calls.ts";
import { codeOf } from "../../testing/totp.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

const PASSWORD = "a long enough password";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let admin: TestPerson;
let clinician: TestPerson;
let boss: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_ACCOUNT_FAILURES: "3" });
  owner = await hospital.owner("sessions", "audit_events");
  admin = await aPerson(hospital, { id: "own-admin", role: "admin", password: PASSWORD });
  clinician = await aPerson(hospital, { id: "own-1", territory: "north", password: PASSWORD });
  boss = await aPerson(hospital, {
    id: "own-boss",
    territory: "north",
    role: "supervisor",
    password: PASSWORD,
  });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});
beforeEach(() => fresh());

/** As though everybody had shown the password that long ago. */
const ago = (minutes: number): Promise<unknown> =>
  owner.query("UPDATE sessions SET confirmed_at = now() - make_interval(secs => $1)", [minutes * 60]);
const fresh = (): Promise<unknown> => ago(0);

const confirm = (by: Caller, body: object): Promise<Answer> => server.post("/api/sessions/confirm", body, by);
const enrol = (by: Caller): Promise<Answer> => server.post("/api/second-factor", undefined, by);
const AGAIN = { status: 403, body: { type: "urn:tocsin:problem:sign-in-again" } };

it("is asked for before what lasts (an authenticator, an address, a key, who is who, where alerts go) and before an export, ten minutes after the password", async () => {
  const asked = routes.filter(({ confirmed }) => confirmed !== undefined).map(({ id }) => id);
  expect(asked.sort()).toEqual([
    "acceptSwap",
    "addDevice",
    "addPasskey",
    "addTopicMember",
    "archiveTerritory",
    "beginPasskey",
    "changeKey",
    "changeOnCallRole",
    "changePolicy",
    "changeSchedule",
    "changeScimGroup",
    "changeService",
    "changeTerritory",
    "changeTopic",
    "changeUser",
    "changeWebhook",
    "confirmChange",
    "createFeed",
    "createKey",
    "createOnCallRole",
    "createOverride",
    "createPolicy",
    "createSchedule",
    "createScimToken",
    "createSwap",
    "createTerritory",
    "createTopic",
    "createUser",
    "createWebhook",
    "disableService",
    "disableUser",
    "endUserSessions",
    "enrolSecondFactor",
    "exportRecordCsv",
    "exportRecordLines",
    "grantWall",
    "importCalendar",
    "inviteUser",
    "listDeliveries",
    "listRedactionExamples",
    "openEmergencyAccess",
    "proveNotification",
    "readRecord",
    "removeCalendar",
    "removeContactPoint",
    "removeDevice",
    "removeOnCallRole",
    "removeOverride",
    "removePasskey",
    "removePolicy",
    "removeSchedule",
    "removeTopic",
    "removeTopicMember",
    "removeWebhook",
    "replaceAvailability",
    "reportAcknowledgement",
    "reportDeliveries",
    "reportLoad",
    "reviewEmergencyAccess",
    "revokeKey",
    "revokeScimToken",
    "rotateKey",
    "rotateWebhook",
    "setContactPoint",
    "subscribeCalendar",
    "withdrawChange",
  ]);
  const csv = { Accept: "text/csv" };
  const service = await server.post("/api/services", { name: "Laboratory" }, as(admin));
  const { service_id } = service.read(z.object({ service_id: z.string() }));
  const key = { service_id, territory_ids: ["north"] };
  const away = (more = {}) => ({
    status: "away",
    until: new Date(Date.now() + 3_600_000).toISOString(),
    ...more,
  });
  const calls: (() => Promise<Answer>)[] = [
    () => enrol(as(clinician)),
    () => server.put("/api/contact-points/email", { address: "a@b.example" }, as(clinician)),
    () => server.put("/api/availability", away({ delegate: "own-boss" }), as(clinician)),
    () => server.put(`/api/topics/${randomUUID()}/members/own-1`, undefined, as(boss)),
    ...["topics", "schedules"].map((of) => () => server.post(`/api/${of}`, {}, as(boss))),
    () => server.post("/api/territories", {}, as(admin)),
    () => server.delete("/api/territories/none", as(admin)),
    () => server.post(`/api/emergency-accesses/${randomUUID()}/review`, {}, as(boss)),
    () => server.post("/api/keys", key, as(admin)),
    () => server.post(`/api/keys/${hospital.services.north.keyId}/rotate`, {}, as(admin)),
    () => server.patch(`/api/keys/${hospital.services.north.keyId}`, {}, as(admin)),
    () => server.post("/api/webhooks", { service_id: "none" }, as(admin)),
    () => server.patch(`/api/webhooks/${randomUUID()}`, {}, as(admin)),
    () => server.post(`/api/webhooks/${randomUUID()}/rotate`, {}, as(admin)),
    () => server.post("/api/users", { name: "" }, as(admin)),
    () => server.patch("/api/users/nobody", {}, as(admin)),
    () => server.post("/api/users/nobody/invitation", {}, as(admin)),
    () => server.post(`/api/changes/${randomUUID()}/confirm`, {}, as(admin)),
    () => server.delete(`/api/changes/${randomUUID()}`, as(admin)),
    () => server.get("/api/deliveries", as(boss), csv),
    () => server.get("/api/audit", as(hospital.people.auditor), csv),
    () => server.get(`/api/notifications/${randomUUID()}/proof`, as(hospital.people.auditor)),
    () => server.get("/api/reports/acknowledgement", as(boss), csv),
    () => server.get("/api/reports/load", as(boss), csv),
    () => server.get("/api/reports/deliveries", as(boss), csv),
    () => server.get("/api/redactions/examples", as(admin), { Accept: "text/plain" }),
    () => server.post(`/api/schedules/${randomUUID()}/feed`, undefined, as(boss)),
    () => server.delete("/api/contact-points/email", as(clinician)),
    ...["keys", "services", "webhooks"].map(
      (of) => () => server.delete(`/api/${of}/${randomUUID()}`, as(admin)),
    ),
    () => server.delete("/api/users/nobody", as(admin)),
    () => server.delete("/api/users/nobody/sessions", as(admin)),
    ...["services", "territories"].map((of) => () => server.patch(`/api/${of}/none`, {}, as(admin))),
    ...["escalation-policies", "roles"].map((of) => () => server.post(`/api/${of}`, {}, as(boss))),
    ...["overrides", "swaps", `swaps/${randomUUID()}/accept`].map(
      (what) => () => server.post(`/api/schedules/${randomUUID()}/${what}`, {}, as(boss)),
    ),
    () => server.delete(`/api/schedules/${randomUUID()}/overrides/${randomUUID()}`, as(boss)),
    ...["escalation-policies", "schedules", "roles"].flatMap((of) => [
      () => server.patch(`/api/${of}/${randomUUID()}`, {}, as(boss)),
      () => server.delete(`/api/${of}/${randomUUID()}`, as(boss)),
    ]),
  ];
  for (const call of calls) expect((await call()).status).not.toBe(403);
  await ago(10.1);
  const refusals = async (): Promise<number> =>
    (await owner.query("SELECT FROM audit_events WHERE action = 'session.refuse' AND outcome = 'denied'"))
      .rowCount ?? 0;
  const before = await refusals();
  for (const call of calls) expect(await call()).toMatchObject(AGAIN);
  expect((await refusals()) - before).toBe(calls.length);
  const { rows } = await owner.query(
    "SELECT actor, payload FROM audit_events WHERE action = 'session.refuse' ORDER BY id LIMIT 1",
  );
  expect(rows).toEqual([
    { actor: `user:${clinician.id}`, payload: { method: "POST", route: "/api/second-factor" } },
  ]);
  // Nor is an absence in which nobody else is told.
  for (const body of [away(), { status: "available" }])
    expect((await server.put("/api/availability", body, as(clinician))).status).toBe(200);
  // What is only read, on the screen, is not asked about.
  expect((await server.get("/api/deliveries", as(boss))).status).toBe(200);
  expect((await server.get("/api/audit", as(hospital.people.auditor))).status).toBe(200);
  expect((await server.get("/api/reports/acknowledgement", as(boss))).status).toBe(200);
  expect((await server.get("/api/keys", as(admin))).status).toBe(200);
  // Whoever may not, hears that first; a service has its key.
  expect(await server.post("/api/keys", key, as(clinician))).toMatchObject({
    status: 403,
    body: { type: "urn:tocsin:problem:forbidden" },
  });
});

it("takes the password, for this session alone, and puts either outcome on record", async () => {
  const person = await aPerson(hospital, { id: "twice", territory: "north", password: PASSWORD });
  const other = await server.post("/api/sessions", { email: person.email, password: PASSWORD });
  const there = { Cookie: other.headers.getSetCookie()[0]?.split(";")[0] ?? "", Origin: server.url };
  expect((await server.get("/api/sessions", as(person))).status).toBe(200);
  await ago(11);
  const wrong = await confirm(as(person), { password: "wrong" });
  expect(wrong).toMatchObject({ status: 422, body: { errors: [{ path: "/password" }] } });
  for (const body of [{}, { password: "" }, { pasword: PASSWORD }, { password: PASSWORD, code: "000000" }])
    expect((await confirm(as(person), body)).status, JSON.stringify(body)).toBe(422);
  expect(await enrol(as(person))).toMatchObject(AGAIN);
  expect((await confirm(as(person), { password: PASSWORD })).status).toBe(204);
  expect(await server.post("/api/second-factor", undefined, undefined, there)).toMatchObject(AGAIN);
  expect((await enrol(as(person))).status).toBe(201);
  const { rows } = await owner.query(
    "SELECT outcome FROM audit_events WHERE action = 'session.confirm' AND actor = 'user:twice' ORDER BY id",
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual(["denied", "denied", "ok"]);
});

it("lets nobody guess for long, many at once or one after the other", async () => {
  const person = await aPerson(hospital, { id: "guessed", territory: "north", password: PASSWORD });
  await server.get("/api/sessions", as(person));
  await ago(11);
  const words = [...Array.from({ length: 19 }, (_, index) => `wrong ${index}`), PASSWORD];
  const answers = await Promise.all(words.map((password) => confirm(as(person), { password })));
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(3);
  expect((await confirm(as(person), { password: PASSWORD })).status).toBe(429);
  expect(await enrol(as(person))).toMatchObject(AGAIN);
  // Nor does it bar anybody from signing in.
  expect((await server.post("/api/sessions", { email: person.email, password: PASSWORD })).status).toBe(201);
});

it("forgives no guess at the password for something else that was right", async () => {
  const person = await aPerson(hospital, { id: "in-turn", territory: "north", password: PASSWORD });
  const guess = (n: number): Promise<Answer> => confirm(as(person), { password: `wrong ${n}` });
  expect([await guess(1), await guess(2)]).toMatchObject([{ status: 422 }, { status: 422 }]);
  const { secret } = (await enrol(as(person))).read(z.object({ secret: z.string() }));
  const code = await codeOf(secret);
  expect((await server.post("/api/second-factor/confirm", { code }, as(person))).status).toBe(200);
  expect([await guess(3), await guess(4)]).toMatchObject([{ status: 422 }, { status: 429 }]);
  const password = "paper lantern over the bay";
  const changed = await server.put("/api/password", { current_password: PASSWORD, password }, as(person));
  expect(changed.status).toBe(429);
});

it("takes a code of the authenticator in place of the password, each once", async () => {
  const person = await aPerson(hospital, { id: "coded", territory: "north", password: PASSWORD });
  const { secret } = (await enrol(as(person))).read(z.object({ secret: z.string() }));
  const first = await codeOf(secret, -1);
  expect((await server.post("/api/second-factor/confirm", { code: first }, as(person))).status).toBe(200);
  await ago(11);
  expect((await confirm(as(person), { code: first })).status).toBe(422);
  expect((await confirm(as(person), { code: await codeOf(secret) })).status).toBe(204);
  // 409: there is one already.
  expect((await enrol(as(person))).status).toBe(409);
});

it("takes no code of an authenticator that was never confirmed: whoever found the screen open may have it", async () => {
  const person = await aPerson(hospital, { id: "left-open", territory: "north", password: PASSWORD });
  const { secret } = (await enrol(as(person))).read(z.object({ secret: z.string() }));
  await ago(9);
  expect((await confirm(as(person), { code: await codeOf(secret) })).status).toBe(422);
  await ago(11);
  expect(await enrol(as(person))).toMatchObject(AGAIN);
});

it("tells somebody without a password to sign in at the provider again", async () => {
  const { north1 } = hospital.people;
  await server.get("/api/sessions", as(north1));
  await ago(11);
  expect((await confirm(as(north1), { password: "x" })).status).toBe(409);
  expect((await confirm(as(north1), { code: "123456" })).status).toBe(422);
  expect(await enrol(as(north1))).toMatchObject(AGAIN);
});
