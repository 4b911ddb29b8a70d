import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
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
  );
  await aPerson(hospital, { id: "officer", territory: "north" });
  await owner.query(`UPDATE territories SET settings = '{"privacy_officer": "officer"}' WHERE id = 'north'`);
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
    expect(list.emergency_accesses).toMatchObject([{ reviewed_by: "north-boss", verdict: "justified" }]);
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
});
