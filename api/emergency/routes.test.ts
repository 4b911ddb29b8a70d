import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startMailServer } from "../../plugins/email/testing/server.ts";
import { RecognizerUnavailable } from "../../redaction/index.ts";
import { createRedactor } from "../../redaction/threads/redactor.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aTerritory } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { redactReasons } from "./redact-reasons.ts";
import { EmergencyAccess, EmergencyList, Opened } from "./schema.ts";

const REASON = "Collapsed in the lobby; their ward's alert is needed at once.";
const PATH = "/api/emergency-accesses";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner(
    "audit_events",
    "emergency_accesses",
    "sends",
    "territories",
    "memberships",
    "sessions",
    "users",
  );
  await aPerson(hospital, { id: "officer", territory: "north" });
  await owner.query(
    `UPDATE territories SET name = 'North Clinic', settings = '{"privacy_officer": "officer"}' WHERE id = 'north'`,
  );
  await owner.query("UPDATE users SET name = 'Dr ' || id WHERE id IN ('north-1', 'south-1')");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const open = (by: { id: string }, body: object): Promise<Answer> =>
  server.post(PATH, { reason: REASON, ...body }, as(by));
const opened = async (by: { id: string }, body: object) => {
  const answer = await open(by, body);
  expect(answer.status).toBe(201);
  return answer.read(EmergencyAccess);
};
const see = (by: { id: string }, id: string): Promise<Answer> =>
  server.get(`${PATH}/${id}/notifications`, as(by));
const reveal = (by: { id: string }, id: string, notification_id: string): Promise<Answer> =>
  server.post(`${PATH}/${id}/reveal`, { notification_id }, as(by));
const review = (by: { id: string }, id: string, verdict = "justified"): Promise<Answer> =>
  server.post(`${PATH}/${id}/review`, { verdict, review: "Seen with the ward." }, as(by));
const recorded = async (object: string): Promise<unknown[]> => {
  const { rows } = await owner.query(
    "SELECT actor, action, outcome, territory_id FROM audit_events WHERE object_id = $1 AND action LIKE 'emergency.%' ORDER BY id",
    [object],
  );
  return rows.map(({ actor, action, outcome, territory_id }) => [actor, action, outcome, territory_id]);
};

describe("an emergency access", () => {
  it("opens one notification outside the own territory, and tells its supervisors and privacy officer before", async () => {
    const { south1 } = hospital.people;
    const [id, other] = [await hospital.notify("north-1"), await hospital.notify("north-1")];
    expect((await server.get(`/api/notifications/${id}`, as(south1))).status).toBe(404);
    const access = await opened(south1, { notification_id: id, minutes: 30 });
    expect(access).toMatchObject({ user_id: "south-1", territory_id: "north", recipient_id: "north-1" });
    // Neither sees the other's territory, and reads what is opened, and by whom, by name all the same.
    const named = { name: "Dr south-1", territory_name: "North Clinic", recipient_name: "Dr north-1" };
    for (const by of [south1, hospital.people.northBoss]) {
      const { emergency_accesses } = (await server.get(PATH, as(by))).read(EmergencyList);
      expect(emergency_accesses, by.id).toMatchObject([{ ...named, reviewer_name: null }]);
    }
    expect(Date.parse(access.expires_at) - Date.parse(access.opened_at)).toBe(30 * 60_000);
    const { rows } = await owner.query(
      "SELECT user_id, priority FROM sends WHERE service_id = own_service() AND created_at <= $1 ORDER BY user_id",
      [access.opened_at],
    );
    expect(rows).toEqual([
      { user_id: "north-boss", priority: "high" },
      { user_id: "officer", priority: "high" },
    ]);
    const { notifications } = (await see(south1, access.emergency_access_id)).read(Opened);
    expect(notifications.map(({ notification_id }) => notification_id)).toEqual([id]);
    expect((await reveal(south1, access.emergency_access_id, id)).body).toMatchObject({
      message: "Potassium 6.8",
    });
    expect((await reveal(south1, access.emergency_access_id, other)).status).toBe(404);
    // It stays the recipient's: nothing can be done to it, and nobody else reads by it.
    expect((await server.post(`/api/notifications/${id}/acknowledge`, {}, as(south1))).status).toBe(404);
    expect((await see(hospital.people.north2, access.emergency_access_id)).status).toBe(404);
    expect((await reveal(hospital.people.north2, access.emergency_access_id, id)).status).toBe(404);
    expect(await recorded(access.emergency_access_id)).toEqual([
      ["user:south-1", "emergency.open", "ok", "north"],
      ["user:south-1", "emergency.read", "ok", "north"],
      ["user:north-2", "emergency.read", "denied", null],
    ]);
    expect(await recorded(id)).toEqual([
      ["user:south-1", "emergency.reveal", "ok", "north"],
      ["user:north-2", "emergency.reveal", "denied", null],
    ]);
  });

  it("keeps its reason and its review redacted, with what the sender named, and those of older nodes once they are found", async () => {
    const { south1, northBoss } = hospital.people;
    const known = [{ kind: "other_id" as const, value: "Zephyr-17" }];
    const id = await hospital.notify("north-1", { known });
    const typed = "Mr. John Smith, MRN 12345678, bed Zephyr-17, collapsed in the lobby.";
    const clean = "Mr. [NAME], MRN [MRN], bed [ID], collapsed in the lobby.";
    const access = await opened(south1, { notification_id: id, reason: typed });
    expect(access.reason).toBe(clean);
    const path = `${PATH}/${access.emergency_access_id}/review`;
    expect((await server.post(path, { verdict: "justified", review: typed }, as(northBoss))).status).toBe(
      204,
    );
    const kept = async (one: string) =>
      (await owner.query("SELECT reason, review FROM emergency_accesses WHERE id = $1", [one])).rows[0];
    expect(await kept(access.emergency_access_id)).toEqual({ reason: clean, review: clean });
    const inbox = await opened(south1, { user_id: "north-2", territory_id: "north", reason: typed });
    expect(inbox.reason).toBe("Mr. [NAME], MRN [MRN], bed Zephyr-17, collapsed in the lobby.");

    const older = randomUUID();
    await owner.query(
      `INSERT INTO emergency_accesses (id, user_id, territory_id, recipient_id, notification_id, reason, expires_at, reviewed_at, reviewed_by, verdict, review)
       VALUES ($1, 'south-1', 'north', 'north-1', $2, $3, now(), now(), 'north-boss', 'justified', $3)`,
      [older, id, typed],
    );
    const { knex, config } = hospital;
    const deps = { knex, vault: createVault(config.masterKeys) };
    const away = { redact: () => Promise.reject(new RecognizerUnavailable("names", "timeout")) };
    await expect(redactReasons({ ...deps, redactor: away })).rejects.toThrow();
    expect(await kept(older)).toEqual({ reason: typed, review: typed });
    const redactor = createRedactor({ threads: 1, limits: { ms: 60_000 } });
    onTestFinished(() => redactor.stop());
    await redactReasons({ ...deps, redactor });
    expect(await kept(older)).toEqual({ reason: clean, review: clean });
    // Once, and nothing else of it.
    for (const change of [{ reason: "x" }, { verdict: "unjustified" }, { reason_redacted: false }])
      await expect(
        actAs(knex, "relay", async (trx) => {
          const changed = await trx("emergency_accesses").where({ id: older }).update(change);
          if (changed === 0) throw new Error("sees none");
        }),
      ).rejects.toThrow();
    const ids = [older, access.emergency_access_id, inbox.emergency_access_id];
    await owner.query("DELETE FROM emergency_accesses WHERE id = ANY ($1)", [ids]);
  });

  it("opens an inbox in one territory, and no other's", async () => {
    const { south1 } = hospital.people;
    const id = await hospital.notify("north-2");
    const access = await opened(south1, { user_id: "north-2", territory_id: "north" });
    const { notifications } = (await see(south1, access.emergency_access_id)).read(Opened);
    expect(notifications.map(({ user_id }) => user_id)).toEqual(["north-2"]);
    expect((await reveal(south1, access.emergency_access_id, id)).status).toBe(200);
    expect((await open(south1, { user_id: "north-2", territory_id: "south" })).status).toBe(404);
    expect((await open(south1, { user_id: "south-1", territory_id: "south" })).status).toBe(404);
  });

  it("is over after its time, an hour at most", async () => {
    const { south1 } = hospital.people;
    const id = await hospital.notify("north-1");
    expect((await open(south1, { notification_id: id, minutes: 61 })).status).toBe(422);
    const { emergency_access_id: access } = await opened(south1, { notification_id: id });
    await owner.query("ALTER TABLE emergency_accesses DISABLE TRIGGER keep_access");
    await owner.query(
      "UPDATE emergency_accesses SET opened_at = now() - interval '90 minutes', expires_at = now() - interval '1 hour' WHERE id = $1",
      [access],
    );
    await owner.query("ALTER TABLE emergency_accesses ENABLE TRIGGER keep_access");
    expect((await see(south1, access)).status).toBe(410);
    expect((await reveal(south1, access, id)).status).toBe(410);
    const rows = await actAs(hospital.knex, `emergency:${access}`, (trx) =>
      trx("notifications").select("id"),
    );
    expect(rows).toEqual([]);
    const long = actAs(hospital.knex, "user:south-1", (trx) =>
      trx("emergency_accesses").insert({
        ...{ id: "0195a1f0-5c00-7000-8000-0000000000e1", user_id: "south-1", territory_id: "north" },
        ...{ recipient_id: "north-1", reason: REASON, expires_at: new Date(Date.now() + 2 * 3_600_000) },
      }),
    );
    await expect(long).rejects.toMatchObject({ code: "23514" });
  });

  it("opens nothing any more once it was found unjustified, or its person works nowhere", async () => {
    const { northBoss } = hospital.people;
    const leaver = await aPerson(hospital, { id: "leaver", territory: "south" });
    const id = await hospital.notify("north-1");
    const [first, second] = [
      await opened(leaver, { notification_id: id }),
      await opened(leaver, { notification_id: id }),
    ];
    expect((await review(northBoss, first.emergency_access_id)).status).toBe(204);
    expect((await reveal(leaver, first.emergency_access_id, id)).status).toBe(200);
    expect((await review(northBoss, second.emergency_access_id, "unjustified")).status).toBe(204);
    expect((await see(leaver, second.emergency_access_id)).status).toBe(410);
    expect((await reveal(leaver, second.emergency_access_id, id)).status).toBe(410);
    await owner.query("DELETE FROM memberships WHERE user_id = 'leaver'");
    expect((await see(leaver, first.emergency_access_id)).status).toBe(403);
    expect((await reveal(leaver, first.emergency_access_id, id)).status).toBe(403);
    expect((await recorded(first.emergency_access_id)).at(-1)).toEqual([
      "user:leaver",
      "emergency.read",
      "denied",
      "north",
    ]);
  });

  it("opens no broadcast's alert, which is in nobody's inbox", async () => {
    const alert = await hospital.broadcast({ territory_id: "north", priority: "critical" });
    await hospital.page(alert);
    expect((await open(hospital.people.south1, { notification_id: alert })).status).toBe(404);
  });

  it("needs a reason, the password shown lately, and a role in a territory that somebody else gave", async () => {
    const { south1, admin, auditor } = hospital.people;
    const id = await hospital.notify("north-1");
    for (const body of [{ reason: "urgent" }, { reason: " ".repeat(20) }, { notification_id: undefined }])
      expect((await open(south1, { notification_id: id, ...body })).status).toBe(422);
    for (const person of [admin, auditor])
      expect((await open(person, { notification_id: id })).status).toBe(403);
    await aPerson(hospital, { id: "self-made", territory: "south" });
    await owner.query("UPDATE memberships SET because_of = '{self-made}' WHERE user_id = 'self-made'");
    expect((await open({ id: "self-made" }, { notification_id: id })).status).toBe(403);
    await owner.query("UPDATE sessions SET confirmed_at = now() - interval '11 minutes'");
    expect(await open(south1, { notification_id: id })).toMatchObject({
      status: 403,
      body: { type: "urn:tocsin:problem:sign-in-again" },
    });
    await owner.query("UPDATE sessions SET confirmed_at = now()");
  });

  it("waits until a supervisor or the privacy officer of that territory, and not its person, has reviewed it, once", async () => {
    const { north1, northBoss, southBoss, south1 } = hospital.people;
    const id = await hospital.notify("north-2");
    const mine = await opened(northBoss, { notification_id: id });
    const theirs = await opened(south1, { notification_id: id });
    const waiting = async (by: { id: string }) =>
      (await server.get(`${PATH}?reviewed=false`, as(by)))
        .read(EmergencyList)
        .emergency_accesses.map(({ emergency_access_id }) => emergency_access_id);
    expect(await waiting(northBoss)).toEqual(
      expect.arrayContaining([mine.emergency_access_id, theirs.emergency_access_id]),
    );
    expect(await waiting({ id: "officer" })).toContain(theirs.emergency_access_id);
    expect(await waiting(southBoss)).toEqual([]);
    expect(await waiting(north1)).toEqual([]);
    for (const by of [southBoss, north1])
      expect((await review(by, theirs.emergency_access_id)).status).toBe(404);
    expect((await review(south1, theirs.emergency_access_id)).status).toBe(409);
    expect((await review(northBoss, mine.emergency_access_id)).status).toBe(409);
    expect((await review({ id: "officer" }, mine.emergency_access_id)).status).toBe(204);
    expect((await review(northBoss, theirs.emergency_access_id)).status).toBe(204);
    expect((await review({ id: "officer" }, theirs.emergency_access_id)).status).toBe(409);
    expect(await waiting(northBoss)).not.toContain(theirs.emergency_access_id);
    const list = (await server.get(`${PATH}?reviewed=true`, as(south1))).read(EmergencyList);
    expect(list.emergency_accesses).toMatchObject([
      { reviewed_by: "north-boss", reviewer_name: "north-boss", verdict: "justified" },
    ]);
    expect((await recorded(theirs.emergency_access_id)).at(-1)).toEqual([
      "user:officer",
      "emergency.review",
      "denied",
      "north",
    ]);
    const altered = actAs(hospital.knex, "user:north-boss", (trx) =>
      trx("emergency_accesses").update({ reason: "another reason", reviewed_by: "north-boss" }),
    );
    await expect(altered).rejects.toMatchObject({ code: "42501" });
  });

  it("is reviewed by nobody who owes a role to who opened it, nor to the same person while somebody else could", async () => {
    const { northBoss, south1 } = hospital.people;
    const owe = (id: string, to: string[]) =>
      owner.query("UPDATE memberships SET because_of = $2 WHERE user_id = $1", [id, to]);
    const outcome = async (id: string): Promise<unknown> => {
      const { rows } = await owner.query(
        "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND action = 'emergency.review' ORDER BY id DESC LIMIT 1",
        [id],
      );
      return rows[0];
    };
    const note = async () =>
      (await opened(south1, { notification_id: await hospital.notify("north-1") })).emergency_access_id;
    const [first, second] = [await note(), await note()];
    await owe(south1.id, ["maker"]);
    await owe(northBoss.id, ["maker"]);
    expect((await review(northBoss, first)).status).toBe(409);
    expect(await outcome(first)).toEqual({
      outcome: "denied",
      payload: { verdict: "justified", tie: "same" },
    });
    expect((await review({ id: "officer" }, first)).status).toBe(204);
    expect(await outcome(first)).toEqual({ outcome: "ok", payload: { verdict: "justified" } });

    await owe(northBoss.id, [south1.id]);
    await owe("officer", ["maker", "another"]);
    expect((await review(northBoss, second)).status).toBe(409);
    expect(await outcome(second)).toMatchObject({ payload: { tie: "made" } });
    await owe(northBoss.id, []);
    await owe(south1.id, ["maker", northBoss.id]);
    expect((await review(northBoss, second)).status).toBe(409);
    expect(await outcome(second)).toMatchObject({ payload: { tie: "made" } });
    // Nobody is left who owes nothing to the same admin: it goes on, on record.
    expect((await review({ id: "officer" }, second)).status).toBe(204);
    expect(await outcome(second)).toMatchObject({ outcome: "ok", payload: { tie: "same-alone" } });
    for (const id of [south1.id, northBoss.id, "officer"]) await owe(id, []);
  });

  it("is told to the installation's admins and auditors where nobody else of the territory can be", async () => {
    const mail = await startMailServer({ secure: true });
    onTestFinished(() => mail.close());
    const CHANNEL_EMAIL = JSON.stringify({
      host: "127.0.0.1",
      port: mail.port,
      tls: "implicit",
      ca: mail.cert,
      from: "tocsin@hospital.example",
    });
    const mailing = await startServer(hospital, { CHANNEL_EMAIL, CHANNEL_PRIVATE_HOSTS: "127.0.0.1" });
    onTestFinished(() => mailing.stop());
    await aTerritory(hospital, "lonely");
    const alone = await aPerson(hospital, { id: "alone", territory: "lonely", role: "supervisor" });
    await aPerson(hospital, { id: "lonely-1", territory: "lonely" });
    const body = { reason: REASON, user_id: "lonely-1", territory_id: "lonely" };
    const access = (await mailing.post(PATH, body, as(alone))).read(EmergencyAccess);
    const { rows } = await owner.query(
      "SELECT payload->>'told' AS told FROM audit_events WHERE object_id = $1 AND action = 'emergency.open'",
      [access.emergency_access_id],
    );
    expect(rows).toEqual([{ told: "0" }]);
    const { admin, auditor } = hospital.people;
    await until("both are told", () => mail.mails.length >= 2);
    expect(mail.mails.flatMap(({ to }) => to).sort()).toEqual([admin.email, auditor.email].sort());
    const text = mail.mails.map(({ raw }) => raw).join();
    expect(text).toContain("lonely");
    expect(text).not.toContain(REASON);
  });

  it("is told to admins and auditors where one admin made everybody who is told of it there, and again once such a one reviewed it", async () => {
    const { admin } = hospital.people;
    const makes = async (id: string, role: string): Promise<{ id: string }> => {
      const memberships = [{ territory_id: "emptied", role }];
      const body = { user_id: id, name: id, email: `${id}@tocsin.example`, memberships };
      expect((await server.post("/api/users", body, as(admin))).status).toBe(201);
      return { id };
    };
    const told = async (person: string): Promise<unknown[]> =>
      (
        await owner.query(
          "SELECT territory_id FROM sends WHERE service_id = own_service() AND user_id = $1 ORDER BY created_at",
          [person],
        )
      ).rows.map(({ territory_id }) => territory_id);
    const opening = async (id: string): Promise<unknown> =>
      (
        await owner.query(
          "SELECT payload FROM audit_events WHERE object_id = $1 AND action = 'emergency.open'",
          [id],
        )
      ).rows[0]?.payload;
    await aTerritory(hospital, "emptied");
    const honest = await aPerson(hospital, { id: "honest-boss", territory: "emptied", role: "supervisor" });
    // Somebody who oversees and has an inbox, by a role elsewhere.
    await aPerson(hospital, { id: "placed", role: "auditor" });
    await actAs(hospital.knex, "setup", (trx) =>
      trx("memberships").insert({ user_id: "placed", territory_id: "south", role: "clinician" }),
    );
    const [clinician, boss] = [
      await makes("made-clinician", "clinician"),
      await makes("made-boss", "supervisor"),
    ];
    await aPerson(hospital, { id: "emptied-1", territory: "emptied" });
    const target = { user_id: "emptied-1", territory_id: "emptied" };
    const watched = await opened(clinician, target);
    expect(await opening(watched.emergency_access_id)).toMatchObject({ told: 1, tied: 1, overseers: 0 });
    expect(await told("placed")).toEqual([]);

    expect((await server.patch(`/api/users/${honest.id}`, { memberships: [] }, as(admin))).status).toBe(200);
    const unwatched = await opened(clinician, target);
    expect(await opening(unwatched.emergency_access_id)).toMatchObject({ told: 0, tied: 1, overseers: 1 });
    expect(await told("placed")).toEqual(["south"]);
    expect((await review(boss, unwatched.emergency_access_id)).status).toBe(204);
    expect(await told("placed")).toEqual(["south", "south"]);
  });

  it("counts what is read by it towards the many originals of which others are told", async () => {
    const strict = await startServer(hospital, { RATE_REVEALS_PER_HOUR: "2" });
    onTestFinished(() => strict.stop());
    const reader = await aPerson(hospital, { id: "reader", territory: "south" });
    const id = await hospital.notify("north-1");
    const { emergency_access_id: access } = await opened(reader, { notification_id: id });
    for (let count = 0; count < 4; count++) {
      const answer = await strict.post(`${PATH}/${access}/reveal`, { notification_id: id }, as(reader));
      expect(answer.status).toBe(200);
    }
    const { rows } = await owner.query(
      "SELECT territory_id FROM audit_events WHERE action = 'notification.reveal_often' AND object_id = 'reader'",
    );
    expect(rows).toEqual([{ territory_id: "north" }]);
  });
});

describe("emergency accesses", () => {
  it("are refused beyond thirty in an hour, of which everybody there would hear, on record", async () => {
    const prober = await aPerson(hospital, { id: "prober", territory: "south" });
    const target = { user_id: "north-2", territory_id: "north" };
    const statuses = [];
    for (let count = 0; count < 32; count++) statuses.push((await open(prober, target)).status);
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 201), 429, 429]);
    const { rows } = await owner.query(
      "SELECT action, payload FROM audit_events WHERE actor = 'user:prober' AND outcome = 'denied'",
    );
    expect(rows).toEqual(
      [429, 429].map((status) => ({ action: "emergency.open", payload: { status, problem: "too-many" } })),
    );
    // Somebody else has an emergency of their own.
    expect((await open(hospital.people.south1, target)).status).toBe(201);
  });
});
