import type pg from "pg";
import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { type MailServer, startMailServer } from "../../plugins/email/testing/server.ts";
import { startTwilio, type Twilio } from "../../plugins/sms/fixture/server.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import type { TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { ContactPoint } from "./schema.ts";

const NUMBER = "+12025550123";

let twilio: Twilio;
let mail: MailServer;
let hospital: Hospital;
let server: TestServer;
let person: TestPerson;
let owner: pg.Client;

beforeAll(async () => {
  twilio = await startTwilio();
  mail = await startMailServer({ secure: true });
  const email = {
    host: "127.0.0.1",
    port: mail.port,
    tls: "implicit",
    ca: mail.cert,
    from: "tocsin@hospital.example",
  };
  const { url, accountSid: account_sid, authToken: auth_token } = twilio;
  const sms = { base_url: url, account_sid, auth_token, from: "+15005550006", countries: ["US"] };
  hospital = await createHospital();
  server = await startServer(hospital, {
    CHANNEL_SMS: JSON.stringify(sms),
    CHANNEL_EMAIL: JSON.stringify(email),
    CHANNEL_PRIVATE_HOSTS: "127.0.0.1",
  });
  person = hospital.people.north1;
  owner = await hospital.owner("audit_events", "contact_points", "contact_codes");
});
beforeEach(async () => {
  await owner.query("DELETE FROM contact_points; DELETE FROM contact_codes");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
  await twilio.close();
  await mail.close();
});

const PATH = "/api/contact-points";
const Points = z.object({ contact_points: z.array(ContactPoint) });

const points = async () => (await server.get(PATH, as(person))).read(Points);
const put = (channel: string, address: string): Promise<Answer> =>
  server.put(`${PATH}/${channel}`, { address }, as(person));
const set = (address: string): Promise<Answer> => put("sms", address);
const remove = (): Promise<Answer> => server.delete(`${PATH}/sms`, as(person));
const verify = (code: string, who = person, channel = "sms"): Promise<Answer> =>
  server.post(`${PATH}/${channel}/verify`, { code }, as(who));
const sentCode = (): string =>
  /^.*Your Tocsin code is (\d{6})/s.exec(twilio.forms.at(-1)?.get("Body") ?? "")?.[1] ?? "";
const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, "0");
/** As though the codes so far had been sent two minutes earlier. */
const later = () => owner.query("UPDATE contact_codes SET sent_at = sent_at - interval '2 minutes'");

async function verified(address = NUMBER): Promise<void> {
  expect((await set(address)).status).toBe(200);
  expect((await verify(sentCode())).status).toBe(200);
}

describe("/api/contact-points", () => {
  it("sends a code by the very channel, and uses the address once it has come back", async () => {
    const pending = await set("(202) 555-0123");
    expect(pending).toMatchObject({
      status: 200,
      body: { channel: "sms", address: null, verified_at: null, pending_address: NUMBER },
    });
    const expires = Date.parse(must(pending.read(ContactPoint).code_expires_at, "code"));
    expect(expires - Date.now()).toBeGreaterThan(540_000);
    expect(expires - Date.now()).toBeLessThan(600_001);
    expect(twilio.forms.at(-1)?.get("To")).toBe(NUMBER);

    expect(await verify(sentCode())).toMatchObject({
      status: 200,
      body: { address: NUMBER, verified_at: expect.any(String), pending_address: null },
    });
    expect(await points()).toEqual({
      contact_points: [
        {
          channel: "sms",
          address: NUMBER,
          verified_at: expect.any(String),
          pending_address: null,
          code_expires_at: null,
        },
      ],
    });
  });

  it("keeps the verified address in use until the new one is, and asks for no code twice", async () => {
    await verified();
    const before = twilio.forms.length;
    expect((await set(NUMBER)).status).toBe(200);
    expect(twilio.forms).toHaveLength(before);
    await later();
    expect((await set("+1 202 555 0124")).body).toMatchObject({
      address: NUMBER,
      pending_address: "+12025550124",
    });
    expect((await verify(sentCode())).body).toMatchObject({ address: "+12025550124", pending_address: null });
  });

  it("takes a code once, only from its person, only for ten minutes, and at five tries", async () => {
    await set(NUMBER);
    const code = sentCode();
    expect((await verify(code, hospital.people.north2)).status).toBe(404);
    expect(await verify(wrong(code))).toMatchObject({ status: 422, body: { errors: [{ path: "/code" }] } });
    expect((await verify(code)).status).toBe(200);
    expect((await verify(code)).status).toBe(409);

    await later();
    await set("+12025550124");
    await owner.query("UPDATE contact_points SET code_expires_at = now()");
    expect((await verify(sentCode())).status).toBe(409);

    await later();
    await set("+12025550125");
    const last = sentCode();
    const tries = await Promise.all(Array.from({ length: 7 }, () => verify(wrong(last))));
    expect(tries.map(({ status }) => status).sort()).toEqual([409, 409, 422, 422, 422, 422, 422]);
    expect((await verify(last)).status).toBe(409);
    expect((await points()).contact_points).toMatchObject([{ address: NUMBER }]);
  });

  it("sends one code a minute and five an hour, deleting between or not", async () => {
    const answers = await Promise.all([set(NUMBER), set("+12025550124")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
    const refused = await set(NUMBER);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    for (let sent = 1; sent < 5; sent++) {
      expect((await remove()).status).toBe(204);
      expect((await set(NUMBER)).status).toBe(429);
      await later();
      expect((await set(NUMBER)).status).toBe(200);
    }
    await later();
    const late = await set(NUMBER);
    expect(late.status).toBe(429);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(2_900);
  });

  it.each([
    "someone@clinic.example",
    "+19005550123",
    "+41765555555",
    "+12025550123\r\n,",
    "x",
    "+12025550123,+12025550124",
  ])("refuses %j, sending nothing", async (address) => {
    const before = twilio.forms.length;
    expect(await set(address)).toMatchObject({ status: 422, body: { errors: [{ path: "/address" }] } });
    expect(twilio.forms).toHaveLength(before);
    expect(await points()).toEqual({ contact_points: [] });
  });

  it("sends one mail to one address, in its plainest form, and nothing to what would add another", async () => {
    expect((await put("email", " someone@B\u00fccher.example ")).body).toMatchObject({
      pending_address: "someone@xn--bcher-kva.example",
    });
    expect(mail.mails.map(({ to }) => to)).toEqual([["someone@b\u00fccher.example"]]);
    const code = /Your Tocsin code is (\d{6})/.exec(mail.mails[0]?.raw ?? "")?.[1] ?? "";
    expect((await verify(code, person, "email")).status).toBe(200);
    for (const address of [
      "a@b.example\r\nBcc: c@d.example",
      "a@b.example,c@d.example",
      "a@b.example;c@d.example",
      '"a,b"@c.example',
      "Somebody <a@b.example>",
      "+12025550123",
    ])
      expect((await put("email", address)).status, address).toBe(422);
    expect(mail.mails).toHaveLength(1);
  });

  it("says so when the provider refuses the address, or can't take it now", async () => {
    twilio.next({ error: 21211 });
    expect(await set(NUMBER)).toMatchObject({ status: 422, body: { errors: [{ path: "/address" }] } });
    await later();
    twilio.next({ error: 20503 });
    expect((await set(NUMBER)).status).toBe(503);
  });

  it("knows no channel that is off, has no address or isn't there", async () => {
    for (const channel of ["websocket", "telegraph"])
      expect((await put(channel, "someone@clinic.example")).status).toBe(404);
    expect((await remove()).status).toBe(404);
  });

  it("puts each step on record, without address or code, and keeps the code as a hash alone", async () => {
    const { rows: earlier } = await owner.query("SELECT max(id) AS id FROM audit_events");
    await set(NUMBER);
    const code = sentCode();
    await verify(wrong(code));
    const stored = await owner.query("SELECT row_to_json(p)::text AS point FROM contact_points p");
    expect(stored.rows[0].point).not.toContain(code);
    await verify(code);
    await set("+12025550124");
    await remove();
    const { rows } = await owner.query(
      "SELECT actor, action, outcome, payload, object_id FROM audit_events WHERE id > $1 ORDER BY id",
      [earlier[0].id],
    );
    expect(rows.map(({ action, outcome, payload }) => `${action} ${outcome} ${payload.reason}`)).toEqual([
      "contact.set ok null",
      "contact.code ok null",
      "contact.verify denied wrong",
      "contact.verify ok null",
      "contact.set denied throttled",
      "contact.remove ok null",
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/2025550|\d{6}/);
    expect(server.lines.length).toBeGreaterThan(0);
    expect(server.lines.join("\n")).not.toContain("2025550123");
    // By itself: a time or an id may hold the same six digits.
    expect(server.lines.join("\n")).not.toMatch(new RegExp(`(?<![\\w.-])${code}(?![\\w-])`));
  });
});
