import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { must } from "../../config/must.ts";
import { type MailServer, startMailServer } from "../../plugins/email/testing/server.ts";
import { actAs, type Actor } from "../../store/db/knex.ts";
import { invite } from "../../store/people/invitations.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson, older, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import { until } from "../../testing/until.ts";

const OLD = "a long enough password";
const NEW = "paper lantern over the bay";

let hospital: Hospital;
let server: TestServer;
let mail: MailServer;
let owner: pg.Client;

beforeAll(async () => {
  mail = await startMailServer({ secure: true });
  const { port, cert } = mail;
  const email = { host: "127.0.0.1", port, tls: "implicit", ca: cert, from: "tocsin@hospital.example" };
  hospital = await createHospital();
  const [free = 0] = await freePorts(1);
  server = await startServer(hospital, {
    CHANNEL_EMAIL: JSON.stringify(email),
    CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
    PORT: String(free),
    PUBLIC_URL: `http://127.0.0.1:${free}`,
    RATE_ACCOUNT_FAILURES: "3",
  });
  owner = await hospital.owner("audit_events", "invitations");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  await mail.close();
});

const somebody = (id: string, more: Partial<TestPerson> = {}): Promise<TestPerson> =>
  aPerson(hospital, { id, territory: "north", password: OLD, ...more });
const signIn = ({ email }: TestPerson, password: string, headers = {}): Promise<Answer> =>
  server.post("/api/sessions", { email, password }, undefined, headers);
const change = (by: TestPerson, current_password: string, password: string): Promise<Answer> =>
  server.put("/api/password", { current_password, password }, as(by));
const reset = (email: string): Promise<Answer> => server.post("/api/password/reset", { email });
const recorded = async (action: string, object: string): Promise<unknown[]> => {
  const { rows } = await owner.query(
    "SELECT actor, outcome FROM audit_events WHERE action = $1 AND object_id = $2 ORDER BY id",
    [action, object],
  );
  return rows.map(({ actor, outcome }) => [actor, outcome]);
};
const mailsTo = (address: string): string[] =>
  mail.mails
    .filter(({ to }) => to.includes(address))
    .map(({ raw }) => raw.replaceAll(/=\r?\n/g, "").replaceAll(/\s+/g, " "));
const linkIn = (texts: string[]): string | undefined =>
  /127\.0\.0\.1:\d+\/invitation#([\w-]{43}\.[\w-]{22})/.exec(texts.at(-1) ?? "")?.[1];

describe("PUT /api/password", () => {
  it("takes the current one, ends the other sessions and links, tells the person, and goes on record", async () => {
    const person = await somebody("change-1");
    await aContactPoint(hospital, { person: person.id, channel: "email", address: "change-1@home.example" });
    const elsewhere = await signIn(person, OLD);
    const cookie = { Cookie: elsewhere.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
    expect((await reset(person.email)).status).toBe(204);
    const token = await until("the link is there", () => linkIn(mailsTo("change-1@home.example")));

    expect(await change(person, "wrong", NEW)).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/current_password" }] },
    });
    expect(await change(person, OLD, "password1234")).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/password" }] },
    });
    expect((await change(person, OLD, NEW)).status).toBe(204);
    expect((await signIn(person, OLD)).status).toBe(401);
    expect((await signIn(person, NEW)).status).toBe(201);
    expect((await server.get("/api/sessions", as(person))).status).toBe(200);
    expect((await server.get("/api/sessions", undefined, cookie)).status).toBe(401);
    expect((await server.post("/api/invitations", { token, password: NEW })).status).toBe(410);
    expect(await recorded("user.password", person.id)).toEqual([
      ["user:change-1", "denied"],
      ["user:change-1", "ok"],
    ]);
    await until("they are told", () =>
      mailsTo(person.email).some((text) => text.includes("password was set")),
    );
  });

  it("lets nobody guess the current one by it", async () => {
    const person = await somebody("guessed");
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => change(person, `wrong ${index}`, NEW)),
    );
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(3);
    expect((await change(person, OLD, NEW)).status).toBe(429);
  });

  it("answers 409 to somebody who has none, and needs a session", async () => {
    expect((await change(hospital.people.north1, OLD, NEW)).status).toBe(409);
    const nobody = await server.put("/api/password", { current_password: OLD, password: NEW });
    expect(nobody.status).toBe(401);
  });

  it("changes nothing else of the own account, whatever the program's code says", async () => {
    const { id } = hospital.people.north2;
    const set = (work: object, actor: Actor = `password:${id}`) =>
      actAs(hospital.knex, actor, (trx) => trx("users").where({ id }).update(work));
    await expect(set({ email: "other@tocsin.example" })).rejects.toMatchObject({ code: "42501" });
    await expect(set({ disabled_at: null, name: "Other" })).rejects.toMatchObject({ code: "42501" });
    expect(await set({ password_hash: "x" })).toBe(1);
    expect(await set({ password_hash: "y" }, "password:north-1")).toBe(0);
    expect(await set({ password_hash: "y" }, `user:${id}`)).toBe(0);
  });
});

describe("POST /api/password/reset", () => {
  it("sends a link to the verified address alone, good once and for an hour, which sets another password", async () => {
    const person = await somebody("reset-1");
    await aContactPoint(hospital, { person: person.id, channel: "email", address: "reset-1@home.example" });
    expect((await reset(person.email.toUpperCase())).status).toBe(204);
    const token = await until("the link is there", () => linkIn(mailsTo("reset-1@home.example")));
    expect(mailsTo(person.email)).toEqual([]);
    const { rows } = await owner.query(
      "SELECT extract(epoch FROM expires_at - now()) AS left FROM invitations WHERE user_id = 'reset-1'",
    );
    expect(Number(rows[0].left)).toBeLessThanOrEqual(3_600);
    const accept = () => server.post("/api/invitations", { token, password: NEW });
    expect((await accept()).status).toBe(204);
    expect((await accept()).status).toBe(410);
    expect((await signIn(person, NEW)).status).toBe(201);
    expect(await recorded("user.reset", person.id)).toEqual([["sign-in", "ok"]]);
  });

  it("ends no link that an admin made, which anybody could keep somebody from by asking; whichever is used ends the other", async () => {
    const person = await somebody("standing");
    await aContactPoint(hospital, { person: person.id, channel: "email", address: "standing@home.example" });
    const byAdmin = () =>
      actAs(hospital.knex, "user:admin", async (trx) => (await invite(trx, person.id, older)).token);
    const accept = async (token: string): Promise<number> =>
      (await server.post("/api/invitations", { token, password: NEW })).status;
    const sent = async (count: number): Promise<string> => {
      expect((await reset(person.email)).status).toBe(204);
      await until("the link is there", () => mailsTo("standing@home.example").length === count);
      return must(linkIn(mailsTo("standing@home.example")), "link");
    };
    const standing = await byAdmin();
    const link = await sent(1);
    expect(await accept(standing)).toBe(204);
    expect(await accept(link)).toBe(410);
    const another = await byAdmin();
    const [former, newer] = [await sent(2), await sent(3)];
    expect(await accept(former)).toBe(410);
    expect(await accept(newer)).toBe(204);
    expect(await accept(another)).toBe(410);
  });

  it("answers the same to everybody, and sends nothing to those without a verified address, to admins and the disabled", async () => {
    const unverified = await somebody("reset-2");
    const admin = await somebody("reset-admin", { role: "admin", territory: null });
    const gone = await somebody("reset-gone");
    const known = await somebody("reset-3");
    for (const { id } of [unverified, admin, gone, known])
      await aContactPoint(hospital, { person: id, channel: "email", address: `${id}@home.example` });
    await actAs(hospital.knex, `user:${unverified.id}`, (trx) =>
      trx("contact_points").where({ user_id: unverified.id }).update({ verified_at: null }),
    );
    await actAs(hospital.knex, "setup", (trx) =>
      trx("users").where({ id: gone.id }).update({ disabled_at: new Date() }),
    );
    const without = await somebody("reset-none");
    const emails = [without, unverified, admin, gone, known].map(({ email }) => email);
    const answers: Answer[] = [];
    for (const email of [...emails, "nobody@tocsin.example", "no email"]) answers.push(await reset(email));
    const shown = answers.map(({ status, text, headers }) => [
      status,
      text,
      [...headers.keys()].sort().join(),
    ]);
    expect(new Set(shown.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(answers[0]?.status).toBe(204);
    await until("the one link is there", () => linkIn(mailsTo("reset-3@home.example")));
    const { rows } = await owner.query("SELECT user_id FROM invitations WHERE user_id LIKE 'reset-%'");
    expect(rows.map(({ user_id }) => user_id).sort()).toEqual(["reset-1", "reset-3"]);
  });

  it("sends three links an hour to one person, and hears so many calls from one network", async () => {
    const person = await somebody("reset-4");
    await aContactPoint(hospital, { person: person.id, channel: "email", address: "reset-4@home.example" });
    for (let i = 0; i < 5; i++) expect((await reset(person.email)).status).toBe(204);
    const last = await somebody("reset-5");
    await aContactPoint(hospital, { person: last.id, channel: "email", address: "reset-5@home.example" });
    await reset(last.email);
    await until("the last link is there", () => mailsTo("reset-5@home.example").length === 1);
    await until("three are there", () => mailsTo("reset-4@home.example").length >= 3);
    expect(mailsTo("reset-4@home.example")).toHaveLength(3);
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) statuses.push((await reset("nobody@tocsin.example")).status);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("sessions", () => {
  it("of a new browser are told to their person, and those of a known one and the first of all are not", async () => {
    const person = await somebody("device-1");
    const told = () =>
      mailsTo(person.email).filter((text) => text.includes("had not signed in before")).length;
    const first = await signIn(person, OLD);
    const device = first.headers.getSetCookie().find((cookie) => cookie.includes("-device="));
    await signIn(person, OLD, { Cookie: device?.split(";")[0] ?? "" });
    await signIn(person, OLD);
    await until("the new one is told", () => told() === 1);
    await signIn(person, OLD, { Cookie: device?.split(";")[0] ?? "" });
    await signIn(person, OLD);
    await until("the other new one is told", () => told() >= 2);
    expect(told()).toBe(2);
  });

  it("of everybody are seen and ended by admins, on record, and the person is told", async () => {
    const person = await somebody("ended-1");
    const { admin, northBoss } = hospital.people;
    const there = await signIn(person, OLD, { "User-Agent": "Test Browser" });
    const cookie = { Cookie: there.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
    const path = `/api/users/${person.id}/sessions`;
    const list = await server.get(path, as(admin));
    expect(list.read(z.object({ sessions: z.array(z.unknown()) })).sessions).toMatchObject([
      { user_agent: "Test Browser", current: false },
    ]);
    expect((await server.get(path, as(northBoss))).status).toBe(403);
    expect((await server.delete(path, as(northBoss))).status).toBe(403);
    expect((await server.get("/api/users/nobody/sessions", as(admin))).status).toBe(404);
    expect((await server.delete("/api/users/nobody/sessions", as(admin))).status).toBe(404);
    expect((await server.delete(path, as(admin))).status).toBe(204);
    expect((await server.get("/api/sessions", undefined, cookie)).status).toBe(401);
    expect(await recorded("user.sign_out", person.id)).toEqual([["user:admin", "ok"]]);
    await until("they are told", () => mailsTo(person.email).some((text) => text.includes("signed you out")));
    const own = `/api/users/${admin.id}/sessions`;
    expect((await server.delete(own, as(admin))).status).toBe(204);
    expect((await server.get("/api/sessions", as(admin))).status).toBe(200);
  });
});
