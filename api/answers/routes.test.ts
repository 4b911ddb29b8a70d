import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { inboundForm, signForm } from "../../plugins/sms/fixture/callback.ts";
import { answerCode } from "../../channels/answer-code.ts";
import { must } from "../../config/must.ts";
import { createLinks, type Links } from "../../store/crypto/links.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { planDeliveries } from "../../activities/arrival/plan.ts";
import type { Preferences } from "../../store/people/preferences.ts";
import { call } from "../../store/db/transitions.ts";
import { act } from "../../store/transitions/act.ts";
import { claim, settle } from "../../store/transitions/claim.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aWish } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { OwnPreferences } from "../preferences/schema.ts";

const ORIGIN = "https://tocsin.hospital.example";
const CALLBACK = `${ORIGIN}/api/channels/sms/status`;
const ACCOUNT = `AC${"0".repeat(32)}`;
const TOKEN = "made-up-token";
const NUMBER = "+12025550123";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const ONE_CLICK = "List-Unsubscribe=One-Click";

let hospital: Hospital;
let server: TestServer;
let links: Links;
let id: string;
let emailed: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email", "sms"] });
  server = await startServer(hospital, {
    CHANNEL_SMS: JSON.stringify({
      account_sid: ACCOUNT,
      auth_token: TOKEN,
      from: "+15005550006",
      countries: ["US"],
      status_callback: CALLBACK,
      answers: true,
    }),
  });
  const { knex, config } = hospital;
  links = createLinks(await loadInstallationKey(knex, createVault(config.masterKeys)), ORIGIN);
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "one@tocsin.example" });
  await aContactPoint(hospital, { person: "north-1", channel: "sms", address: NUMBER });
});
beforeEach(async () => {
  // What earlier tests left open is over.
  await hospital.knex.transaction(async (trx) => {
    await trx.raw("SELECT set_config('app.actor', 'user:north-1', true)");
    await trx("notifications")
      .where({ user_id: "north-1" })
      .update({ status: "dismissed", dismissed_at: new Date() });
  });
  id = await hospital.notify("north-1", { priority: "critical" });
  emailed = await told(id, "email");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

/** Has a channel take a notification; answers the delivery. */
async function told(of: string, channel: string): Promise<string> {
  const [row] = await hospital.asOwner(
    "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = $2",
    of,
    channel,
  );
  const claimed = await claim(hospital.knex, of, String(row?.["id"]), []);
  if ("status" in claimed) throw new Error(claimed.status);
  await settle(hospital.knex, claimed, {
    status: "accepted",
    reason: null,
    providerId: `p-${claimed.deliveryId}`,
  });
  return claimed.deliveryId;
}
/** Does something while a person is disabled. */
async function inactive(person: string, work: () => Promise<void>): Promise<void> {
  const set = (active: boolean) =>
    actAs(hospital.knex, "setup", (trx) => trx("memberships").where({ user_id: person }).update({ active }));
  await set(false);
  await work().finally(() => set(true));
}
const state = async (of = id) => {
  const [row] = await hospital.asOwner(
    "SELECT status, acknowledged_at, declined_at, decline_reason FROM notifications WHERE id = $1",
    of,
  );
  return must(row, "notification");
};
const linkTo = (deliveryId: string, notificationId = id): URL =>
  new URL(must(links.answer({ notificationId, deliveryId }) ?? undefined, "link"));
const byLink = (token: string, answer = "acknowledge"): Promise<Answer> =>
  server.post("/api/answers", { token, answer });
const wish = (person: string, updated_at = new Date()) =>
  actAs(hospital.knex, `user:${person}`, (trx) =>
    trx("preferences")
      .insert({ user_id: person, settings: "{}", updated_at })
      .onConflict("user_id")
      .merge({ settings: "{}", updated_at, unsubscribed_at: null }),
  );
const linkOf = (userId: string) =>
  new URL(must(links.unsubscribe({ userId, channel: "email" }) ?? undefined, "link")).pathname;
const click = async (to: string) => (await server.post(to, ONE_CLICK, undefined, FORM)).status;
const clicks = () => records("preferences.unsubscribe", "north-2");
const records = (action: string, object: string) =>
  hospital.asOwner(
    "SELECT actor, outcome, payload FROM audit_events WHERE action = $1 AND object_id = $2 ORDER BY id",
    action,
    object,
  );

describe("a link in an email", () => {
  it("acknowledges for its person, once, by POST alone; its token goes to no server by GET", async () => {
    const link = linkTo(emailed);
    expect(link.pathname + link.search).toBe("/answer");
    const token = link.hash.slice(1);
    for (const path of ["/api/answers", `/api/answers?token=${token}&answer=acknowledge`, `/answer#${token}`])
      expect((await server.get(path)).status, path).not.toBe(204);
    expect(await state()).toMatchObject({ status: "sent", acknowledged_at: null });

    const all = await Promise.all(Array.from({ length: 10 }, () => byLink(token)));
    expect(all.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(410)]);
    expect(await state()).toMatchObject({ status: "acknowledged" });
    expect(await records("notification.acknowledge", id)).toEqual([
      {
        actor: "user:north-1",
        outcome: "ok",
        payload: { status: "acknowledged", root_id: id, channel: "email" },
      },
    ]);
    expect((await byLink(token, "decline")).status).toBe(410);
  });

  it("answers one thing, whatever else is said at the same time", async () => {
    const token = linkTo(emailed).hash.slice(1);
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => byLink(token, index % 2 === 0 ? "acknowledge" : "decline")),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(410)]);
    const acts = [
      ...(await records("notification.acknowledge", id)),
      ...(await records("notification.decline", id)),
    ];
    expect(acts).toHaveLength(1);
  });

  it("declines for its person, and works though the mail server's answer was lost", async () => {
    const other = await hospital.notify("north-1", { priority: "critical" });
    const [row] = await hospital.asOwner(
      "SELECT id FROM deliveries WHERE notification_id = $1 AND channel = 'email'",
      other,
    );
    const claimed = await claim(hospital.knex, other, String(row?.["id"]), []);
    if ("status" in claimed) throw new Error(claimed.status);
    await settle(hospital.knex, claimed, { status: "unknown", reason: "answer_lost" });
    expect((await byLink(linkTo(claimed.deliveryId, other).hash.slice(1), "decline")).body).toEqual({
      status: "declined",
    });
    expect(await state(other)).toMatchObject({ decline_reason: "Declined by email." });
  });

  it("is good for its own delivery and its day, and for nobody who made it up", async () => {
    const token = linkTo(emailed).hash.slice(1);
    const forged = Buffer.from(token, "base64url");
    forged[forged.length - 1] = must(forged.at(-1), "byte") ^ 1;
    const { knex, config } = hospital;
    const vault = createVault(config.masterKeys);
    const secrets = await loadInstallationKey(knex, vault);
    const wrong = createLinks({ mac: (purpose, data) => secrets.mac(`other ${purpose}`, data) }, ORIGIN);
    const elsewhere = new URL(
      must(wrong.answer({ notificationId: id, deliveryId: emailed }) ?? undefined, "link"),
    );
    const unsubscribe = must(links.unsubscribe({ userId: "north-1", channel: "email" }) ?? undefined, "link");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 24 * 3_600_000 - 1_000 });
    const old = linkTo(emailed).hash.slice(1);
    vi.useRealTimers();
    for (const bad of [
      old,
      forged.toString("base64url"),
      elsewhere.hash.slice(1),
      must(unsubscribe.split("/").at(-1), "token"),
      "x",
    ])
      expect((await byLink(bad)).status).toBe(410);
    expect(await state()).toMatchObject({ acknowledged_at: null });
  });

  it("does nothing where a value has to be read back, or nothing is left to answer", async () => {
    const other = await hospital.notify("north-1", { priority: "critical" });
    const delivery = await told(other, "email");
    await actAs(hospital.knex, `worker:${other}`, (trx) =>
      trx("notifications").where({ id: other }).update({ read_back: true }),
    );
    expect((await byLink(linkTo(delivery, other).hash.slice(1))).status).toBe(409);
    expect(await state(other)).toMatchObject({ acknowledged_at: null });
    const said = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE action = 'channel.answer' AND object_id = $1",
      other,
    );
    expect(said).toEqual([{ payload: { channel: "email", reason: "read_back" } }]);
  });

  it("says that a colleague was first, who has it: nobody else is to believe that they have", async () => {
    await hospital.takeStep(id);
    const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
    await act(hospital.knex, "north-boss", String(copy?.["id"]), { kind: "acknowledge" });
    expect(await state()).toMatchObject({ status: "acknowledged" });
    expect((await byLink(linkTo(emailed).hash.slice(1))).status).toBe(409);
    expect(await records("channel.answer", id)).toMatchObject([
      { outcome: "denied", payload: { channel: "email", reason: "already_handled" } },
    ]);
  });

  it("answers for nobody who was disabled, or is of the territory no more", async () => {
    await inactive("north-1", async () => {
      const answer = await byLink(linkTo(emailed).hash.slice(1));
      expect(answer).toMatchObject({ status: 410, body: { detail: expect.stringContaining("not active") } });
    });
    expect(await state()).toMatchObject({ acknowledged_at: null });
    // Back again, it is theirs to answer.
    expect((await byLink(linkTo(emailed).hash.slice(1))).status).toBe(200);
    expect(await state()).toMatchObject({ status: "acknowledged" });
  });
});

describe("an answer by SMS", () => {
  const reply = (body: string, sid: string, from = NUMBER, token = TOKEN): Promise<Answer> => {
    const form = inboundForm({ accountSid: ACCOUNT, from, body }, `SM${sid.padStart(32, "0")}`);
    return server.post("/api/channels/sms/status", form.toString(), undefined, {
      ...FORM,
      "X-Twilio-Signature": signForm(token, CALLBACK, form),
    });
  };
  /** An alert whose code is not that of `id`: one in 900 has it. */
  const another = async (person: string): Promise<string> => {
    const one = await hospital.notify(person, { priority: "critical" });
    return answerCode(one) === answerCode(id) ? await another(person) : one;
  };
  const ago = (of: string, minutes: number) =>
    actAs(hospital.knex, `worker:${of}`, (trx) =>
      trx("deliveries")
        .where({ notification_id: of, channel: "sms" })
        .update({ updated_at: new Date(Date.now() - minutes * 60_000) }),
    );

  it("acknowledges the only open alert that was sent to its number, whenever that was, and says so", async () => {
    await told(id, "sms");
    const answer = await reply("1", "1");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/xml");
    expect(answer.text).toContain("Acknowledged.");
    expect(await state()).toMatchObject({ status: "acknowledged" });
    const newer = await hospital.notify("north-1", { priority: "critical" });
    await told(newer, "sms");
    // Twilio calls again: the same answer is to the same alert.
    expect((await reply("1", "1")).text).toContain("Acknowledged.");
    expect(await state(newer)).toMatchObject({ acknowledged_at: null });
    await ago(newer, 300);
    expect((await reply("9", "2")).text).toContain("Declined.");
    expect(await state(newer)).toMatchObject({ decline_reason: "Declined by sms." });
  });

  it("is to the alert that its code names, where several are open, and to none without it", async () => {
    const newer = await another("north-1");
    for (const one of [id, newer]) await told(one, "sms");
    await ago(id, 30);
    expect((await reply("1", "11")).text).toContain("Nothing was done");
    await ago(newer, 20);
    expect((await reply("1", "12")).text).toContain("Nothing was done");
    expect((await reply(`1 ${answerCode(id)}`, "13")).text).toContain("Acknowledged.");
    expect([await state(), await state(newer)]).toMatchObject([
      { status: "acknowledged" },
      { acknowledged_at: null },
    ]);
    // What is over is answered by nobody anew, and no other alert by its code.
    expect((await reply(`9 ${answerCode(id)}`, "14")).text).toContain("Nothing was done");
    const none = ["100", "101", "102"].find((code) => ![id, newer].map(answerCode).includes(code));
    expect((await reply(`1 ${none}`, "15")).text).toContain("Nothing was done");
    expect((await reply(`9${answerCode(newer)}`, "16")).text).toContain("Declined.");
    expect(await state(newer)).toMatchObject({ decline_reason: "Declined by sms." });
  });

  it("is to no colleague's alert, whose code somebody gives from their own number", async () => {
    const others = { "north-2": "+12025550177", "north-boss": "+12025550188" };
    await told(id, "sms");
    for (const [person, number] of Object.entries(others)) {
      await aContactPoint(hospital, { person, channel: "sms", address: number });
      const own = await another(person);
      await told(own, "sms");
      for (const [digit, sid] of [
        ["1", `21${number.slice(1)}`],
        ["9", `22${number.slice(1)}`],
      ] as const)
        expect((await reply(`${digit} ${answerCode(id)}`, sid, number)).text).toContain("Nothing was done");
      expect([await state(), await state(own)]).toMatchObject(
        Array(2).fill({ acknowledged_at: null, declined_at: null }),
      );
    }
    await actAs(hospital.knex, "user:north-2", (trx) =>
      trx("contact_points").where({ user_id: "north-2" }).delete(),
    );
  });

  it("is to a problem, however many of its alerts the person has", async () => {
    await told(id, "sms");
    const copy = await hospital.notify("north-1", { priority: "critical" });
    await told(copy, "sms");
    await actAs(hospital.knex, `worker:${copy}`, (trx) =>
      trx("notifications").where({ id: copy }).update({ escalated_from: id }),
    );
    expect((await reply("1", "17")).text).toContain("Acknowledged.");
    expect(await state()).toMatchObject({ status: "acknowledged" });
  });

  it("has the same code in the message and in the database", async () => {
    const { rows } = await hospital.knex.raw(
      "SELECT gen_random_uuid()::text AS id FROM generate_series(1, 50)",
    );
    for (const { id: one } of rows)
      expect(await call(hospital.knex, "answer_code", one)).toBe(Number(answerCode(one)));
  });

  it("does nothing where two people have the number, and where nothing is open", async () => {
    await told(id, "sms");
    await aContactPoint(hospital, { person: "north-2", channel: "sms", address: NUMBER });
    for (const body of ["1", `1 ${answerCode(id)}`])
      expect((await reply(body, body === "1" ? "3" : "4")).text).toContain("Nothing was done");
    await actAs(hospital.knex, "user:north-2", (trx) =>
      trx("contact_points").where({ user_id: "north-2" }).delete(),
    );
    expect((await reply("1", "5", "+12025550199")).text).toContain("Nothing was done");
    expect(await state()).toMatchObject({ acknowledged_at: null });
  });

  it("counts for nobody who was disabled, and leaves their number to whoever has it now", async () => {
    await told(id, "sms");
    await inactive("north-1", async () => {
      expect((await reply("1", "7")).text).toContain("Nothing was done");
    });
    expect(await state()).toMatchObject({ acknowledged_at: null });
    await aContactPoint(hospital, { person: "north-2", channel: "sms", address: NUMBER });
    await inactive("north-2", async () => {
      expect((await reply("1", "8")).text).toContain("Acknowledged.");
    });
    await actAs(hospital.knex, "user:north-2", (trx) =>
      trx("contact_points").where({ user_id: "north-2" }).delete(),
    );
    expect(await state()).toMatchObject({ status: "acknowledged" });
  });

  it("does nothing where it may be to an alert that a colleague took lately, after the one that is open", async () => {
    await told(id, "sms");
    await ago(id, 30);
    const newer = await hospital.notify("north-1", { priority: "critical" });
    await told(newer, "sms");
    await ago(newer, 20);
    const takenMinutesAgo = (minutes: number) =>
      actAs(hospital.knex, `worker:${newer}`, (trx) =>
        trx("notifications")
          .where({ id: newer })
          .update({
            status: "acknowledged",
            acknowledged_by: "north-boss",
            acknowledged_at: new Date(Date.now() - minutes * 60_000),
          }),
      );
    await takenMinutesAgo(9);
    expect((await reply("1", "9")).text).toContain("Nothing was done");
    expect(await state()).toMatchObject({ acknowledged_at: null });
    await takenMinutesAgo(11);
    expect((await reply("1", "10")).text).toContain("Acknowledged.");
    expect(await state()).toMatchObject({ status: "acknowledged" });
  });

  it("does nothing a day after the message, with its code or without, on record, and leaves the alert open", async () => {
    const day = 24 * 60;
    await told(id, "sms");
    await ago(id, day + 1);
    const denied = () =>
      hospital.asOwner(
        "SELECT outcome, payload FROM audit_events WHERE action = 'channel.answer' AND object_id IS NULL ORDER BY id",
      );
    const before = (await denied()).length;
    expect((await reply("1", "18")).text).toContain("Nothing was done");
    expect((await reply(`1 ${answerCode(id)}`, "19")).text).toContain("Nothing was done");
    expect(await state()).toMatchObject({ acknowledged_at: null, declined_at: null });
    expect((await denied()).slice(before)).toMatchObject(
      Array(2).fill({ outcome: "denied", payload: { channel: "sms", reason: "unknown" } }),
    );
    await ago(id, day - 1);
    expect((await reply("1", "20")).text).toContain("Acknowledged.");
    expect(await state()).toMatchObject({ status: "acknowledged" });
  });

  it("counts only with Twilio's signature, and changes nothing otherwise", async () => {
    await told(id, "sms");
    expect((await reply("1", "6", NUMBER, "another")).status).toBe(401);
    expect(await state()).toMatchObject({ acknowledged_at: null });
  });
});

describe("POST /api/unsubscribe/{token}", () => {
  const path = () =>
    new URL(must(links.unsubscribe({ userId: "north-1", channel: "email" }) ?? undefined, "link")).pathname;
  const own = async () =>
    (await server.get("/api/preferences", as(hospital.people.north1))).read(OwnPreferences);
  const plan = (preferences: Preferences, priority: "normal" | "critical") =>
    planDeliveries({
      category: "patient_alert",
      priority,
      asked: ["email"],
      available: ["email"],
      preferences,
      addresses: new Set(["email"]),
      now: new Date(),
    });

  it("turns the person's email off, but for what is critical, on record, and Preferences say so", async () => {
    await aWish(hospital, "north-1", {
      wanted: { patient_alert: { email: true, sms: true }, order_update: { all: true } },
    });
    for (const method of ["GET", "PUT"] as const)
      expect((await server.call(method, path())).status, method).toBe(405);
    expect((await server.get(path())).status).toBe(405);
    expect((await own()).unsubscribed_at).toBeNull();
    const other = await server.post(path(), "anything", undefined, FORM);
    expect(other.status).toBe(400);
    expect((await own()).unsubscribed_at).toBeNull();

    for (const _ of [1, 2]) expect((await server.post(path(), ONE_CLICK, undefined, FORM)).status).toBe(204);
    const wishes = await own();
    expect(wishes.unsubscribed_at).not.toBeNull();
    expect(wishes.wanted).toEqual({
      all: { email: false },
      patient_alert: { sms: true },
      order_update: { all: true, email: false },
    });
    expect(plan(wishes, "normal")).toMatchObject([{ skip: "preference" }]);
    expect(plan(wishes, "critical")).toMatchObject([{ skip: null, overridden: "preference" }]);
    expect((await records("preferences.unsubscribe", "north-1"))[0]).toEqual({
      actor: "user:north-1",
      outcome: "ok",
      payload: { channel: "email" },
    });
    const again = await server.put("/api/preferences", { wanted: {} }, as(hospital.people.north1));
    expect(again.read(OwnPreferences).unsubscribed_at).toBeNull();
  });

  it("takes a form of several parts too, and no token that was not made here", async () => {
    const boundary = "b0undary";
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`;
    const type = { "Content-Type": `multipart/form-data; boundary=${boundary}` };
    expect((await server.post(path(), body, undefined, type)).status).toBe(204);
    const answer = linkTo(emailed).hash.slice(1);
    for (const token of ["x", answer, `${path().split("/").at(-1)}A`])
      expect((await server.post(`/api/unsubscribe/${token}`, ONE_CLICK, undefined, FORM)).status).toBe(404);
  });
});

describe("an unsubscribe link", () => {
  it("is done and put on record once, tells its person, and ends with later wishes of theirs", async () => {
    const link = linkOf("north-2");
    expect([await click(link), await click(link)]).toEqual([204, 204]);
    expect(await clicks()).toHaveLength(1);
    expect(
      await hospital.asOwner("SELECT user_id FROM account_notices WHERE change = 'unsubscribe'"),
    ).toContainEqual({ user_id: "north-2" });
    await wish("north-2");
    expect(await click(link)).toBe(404);
    expect(await clicks()).toHaveLength(1);
    expect(await click(linkOf("north-2"))).toBe(204);
    expect(await clicks()).toHaveLength(2);
  });

  it("ends after thirty days, and with its person's account", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 30 * 24 * 3_600_000 - 60_000 });
    const old = linkOf("north-1");
    vi.setSystemTime(Date.now() + 120_000);
    const younger = linkOf("north-1");
    vi.useRealTimers();
    expect(links.readUnsubscribe(must(old.split("/").at(-1), "token"))).toBeNull();
    expect(links.readUnsubscribe(must(younger.split("/").at(-1), "token"))).toMatchObject({
      userId: "north-1",
      channel: "email",
    });
    const disable = (at: Date | null) =>
      actAs(hospital.knex, "user:admin", (trx) =>
        trx("users").where({ id: "north-2" }).update({ disabled_at: at }),
      );
    await wish("north-2");
    await disable(new Date());
    const status = await click(linkOf("north-2"));
    await disable(null);
    expect(status).toBe(404);
  });

  it("takes a short body alone, and few calls a minute, like a link that answers", async () => {
    await wish("north-boss", new Date(0));
    const link = linkOf("north-boss");
    expect((await server.post(link, `${ONE_CLICK}&${"x".repeat(1_024)}`, undefined, FORM)).status).toBe(413);
    const statuses = async (call: () => Promise<number>): Promise<number[]> => {
      const all = [];
      for (let n = 0; n < 21; n++) all.push(await call());
      return all;
    };
    expect(await statuses(() => click(link))).toEqual([...Array(20).fill(204), 429]);
    const token = linkTo(emailed).hash.slice(1);
    const answers = await statuses(async () => (await byLink(token)).status);
    expect(answers).toEqual([200, ...Array(19).fill(410), 429]);
  });
});

it("has no link where the installation has no public address, and no one click without https", async () => {
  const { knex, config } = hospital;
  const secrets = await loadInstallationKey(knex, createVault(config.masterKeys));
  const to = { notificationId: id, deliveryId: emailed };
  expect(createLinks(secrets, null).answer(to)).toBeNull();
  const plain = createLinks(secrets, "http://tocsin.example");
  expect(plain.unsubscribe({ userId: "north-1", channel: "email" })).toBeNull();
  expect(plain.answer(to)).toMatch(/^http:\/\/tocsin\.example\/answer#/);
});
