import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { codeOf } from "../../testing/totp.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import type pg from "pg";

const PASSWORD = "a long enough password";
const NEEDED = { status: 403, body: { type: "urn:tocsin:problem:second-factor-needed" } };
const Duty = z.object({ limited: z.boolean(), second_factor_due: z.iso.datetime().nullable() });
type Headers = Record<string, string>;

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let people = 0;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { SECOND_FACTOR_ROLES: "auditor", SECOND_FACTOR_GRACE_DAYS: "3" });
  owner = await hospital.owner("factor_deadlines", "territories");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});
beforeEach(async () => {
  await owner.query("UPDATE territories SET settings = '{}'");
});

const demand = async (roles: string[], grace_days: number): Promise<void> => {
  const settings = JSON.stringify({ second_factor: { roles, grace_days } });
  await owner.query("UPDATE territories SET settings = $1 WHERE id = 'north'", [settings]);
};
const somebody = (more: Partial<TestPerson> = {}): Promise<TestPerson> =>
  aPerson(hospital, { id: `owes-${++people}`, territory: "north", password: PASSWORD, ...more });
const signIn = async (person: TestPerson, more = {}): Promise<{ answer: Answer; headers: Headers }> => {
  const answer = await server.post("/api/sessions", { email: person.email, password: PASSWORD, ...more });
  const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return { answer, headers: { Cookie: cookie, Origin: server.url } };
};
const dutyOf = ({ answer }: { answer: Answer }) => answer.read(Duty);
const enrol = async (headers: Headers): Promise<string> => {
  const { secret } = (await server.post("/api/second-factor", {}, undefined, headers)).read(
    z.object({ secret: z.string() }),
  );
  const confirmed = await server.post(
    "/api/second-factor/confirm",
    { code: await codeOf(secret) },
    undefined,
    headers,
  );
  expect(confirmed.status).toBe(200);
  return secret;
};
const daysUntil = (time: string | null): number => (Date.parse(time ?? "") - Date.now()) / 86_400_000;

describe("a role that demands a second factor", () => {
  it("leaves days of grace, which later sign-ins do not prolong", async () => {
    await demand(["clinician"], 5);
    const person = await somebody();
    const first = dutyOf(await signIn(person));
    expect(first.limited).toBe(false);
    expect(daysUntil(first.second_factor_due)).toBeCloseTo(5, 1);
    await owner.query("UPDATE factor_deadlines SET due_at = now() + interval '1 day'");
    const later = dutyOf(await signIn(person));
    expect(daysUntil(later.second_factor_due)).toBeCloseTo(1, 1);
    await demand(["clinician"], 0);
    expect(dutyOf(await signIn(person)).limited).toBe(true);
  });

  it("leads to nothing but setting one up once they are over, by HTTP and by socket; then to everything", async () => {
    await demand(["clinician"], 0);
    const person = await somebody();
    const session = await signIn(person);
    const { headers } = session;
    expect(dutyOf(session).limited).toBe(true);
    const id = await hospital.notify("north-1");
    for (const path of ["/api/notifications", "/api/preferences", "/api/sessions/own", "/api/diagnostics"])
      expect(await server.get(path, undefined, headers), path).toMatchObject(NEEDED);
    const timeline = await server.get(`/api/notifications/${id}/deliveries`, undefined, headers);
    expect(timeline).toMatchObject(NEEDED);
    expect(await server.post("/api/realtime/tickets", {}, undefined, headers)).toMatchObject(NEEDED);
    expect(await closeCode(headers)).not.toBeNull();
    for (const path of ["/api/sessions", "/api/second-factor"])
      expect((await server.get(path, undefined, headers)).status, path).toBe(200);
    const secret = await enrol(headers);
    expect((await server.get("/api/notifications", undefined, headers)).status).toBe(200);
    expect((await server.get("/api/sessions", undefined, headers)).read(Duty)).toEqual({
      limited: false,
      second_factor_due: null,
    });
    // The next step's code: each is good once.
    const code = await codeOf(secret, 1);
    expect(dutyOf(await signIn(person, { code })).limited).toBe(false);
  });

  it("can't be got around by taking the factor off", async () => {
    await demand(["clinician"], 5);
    const person = await somebody();
    const { headers } = await signIn(person);
    const secret = await enrol(headers);
    const code = await codeOf(secret, 1);
    const off = () => server.post("/api/second-factor/disable", { code }, undefined, headers);
    expect((await off()).status).toBe(409);
  });

  it("is demanded of that role in that territory alone, and in the installation as its settings say", async () => {
    await demand(["supervisor"], 0);
    expect(dutyOf(await signIn(await somebody()))).toEqual({ limited: false, second_factor_due: null });
    expect(dutyOf(await signIn(await somebody({ role: "supervisor" }))).limited).toBe(true);
    const south = await somebody({ role: "supervisor", territory: "south" });
    expect(dutyOf(await signIn(south))).toEqual({ limited: false, second_factor_due: null });
    const admin = await somebody({ role: "admin", territory: null });
    expect(dutyOf(await signIn(admin)).second_factor_due).toBeNull();
    const auditor = await somebody({ role: "auditor", territory: null });
    expect(daysUntil(dutyOf(await signIn(auditor)).second_factor_due)).toBeCloseTo(3, 1);
  });

  it("is set by an admin; making it milder waits for a second one", async () => {
    await aPerson(hospital, { id: "second-admin", role: "admin", password: PASSWORD });
    await aPerson(hospital, { id: "third-admin", role: "admin", password: PASSWORD });
    const admin = as({ id: "second-admin" });
    const set = (second_factor: object | null) =>
      server.patch("/api/territories/south", { settings: { second_factor } }, admin);
    expect((await set({ roles: ["clinician"], grace_days: 14 })).status).toBe(200);
    expect((await set({ roles: ["clinician", "supervisor"], grace_days: 7 })).status).toBe(200);
    for (const milder of [
      null,
      { roles: ["clinician"], grace_days: 7 },
      { roles: ["clinician", "supervisor"], grace_days: 8 },
    ])
      expect((await set(milder)).status).toBe(202);
    expect((await set({ roles: ["admin"], grace_days: 1 })).status).toBe(422);
  });
});

/** The status with which an upgrade is refused, or the code with which a socket that shows a false ticket is closed; null for one that is welcome. */
async function closeCode(headers: Headers): Promise<number | null> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL, { headers });
  return await new Promise((resolve) => {
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("open", () => socket.send(JSON.stringify({ type: "auth", ticket: "made up" })));
    socket.on("close", (code) => resolve(code));
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      if (String(data).includes("hello")) resolve(null);
    });
  });
}
