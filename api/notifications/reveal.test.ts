import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../channels/contract.ts";
import { must } from "../../config/must.ts";
import { actAs } from "../../store/db/knex.ts";
import { makeKey } from "../../store/people/keys.ts";
import { OWN_SERVICE } from "./own-sends.ts";
import { InboxPage, Original, RevealReasons } from "./schema.ts";
import { ProblemDocument } from "../http/problem-schema.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { older } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

const REASONS = ["Treatment", "Call back"];

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_REVEALS_PER_HOUR: "3" });
  await setReasons("north", REASONS);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

async function setReasons(territory: string, reveal_reasons: string[] | null): Promise<void> {
  const body = { settings: { reveal_reasons } };
  const { status } = await server.patch(`/api/territories/${territory}`, body, as(hospital.people.admin));
  expect(status).toBe(200);
}
const reveal = (id: string, by: { id: string }, body?: object) =>
  server.post(`/api/notifications/${id}/reveal`, body, as(by));
const recorded = async (objectId: string) =>
  (
    await hospital.asOwner(
      "SELECT action, outcome, payload FROM audit_events WHERE object_id = $1 AND action LIKE '%reveal%' ORDER BY id",
      objectId,
    )
  ).map(({ action, outcome, payload }) => [action, outcome, payload]);

describe("a territory's reasons to reveal", () => {
  it("are asked for, and the one that is given goes on record", async () => {
    const { north1, north2 } = hospital.people;
    const id = await hospital.notify(north1.id);
    const asked = await server.get(`/api/notifications/${id}/reveal`, as(north1));
    expect(asked.read(RevealReasons).reasons).toEqual(REASONS);
    for (const body of [undefined, {}, { reason: "Curiosity" }, { reason: "treatment" }]) {
      const refused = await reveal(id, north1, body);
      expect(refused.status).toBe(422);
      expect(refused.read(ProblemDocument).errors).toEqual([
        { path: "/reason", message: "must be one of: Treatment; Call back" },
      ]);
    }
    expect((await reveal(id, north1, { reason: "Call back" })).read(Original).message).toBe("Potassium 6.8");
    expect(await recorded(id)).toEqual([["notification.reveal", "ok", { stated: "Call back" }]]);
    expect((await server.get(`/api/notifications/${id}/reveal`, as(north2))).status).toBe(404);
    expect((await reveal(id, north2, { reason: "Call back" })).status).toBe(404);
  });

  it("are not asked for where it has none: a call without a body is enough", async () => {
    const { south1 } = hospital.people;
    const id = await hospital.notify(south1.id);
    const asked = await server.get(`/api/notifications/${id}/reveal`, as(south1));
    expect(asked.read(RevealReasons).reasons).toEqual([]);
    // However the id is written, a search of the record by it finds the act.
    expect((await reveal(id.toUpperCase(), south1)).status).toBe(200);
    expect(await recorded(id)).toEqual([["notification.reveal", "ok", expect.anything()]]);
    expect((await reveal(id, south1, { reason: "Treatment" })).status).toBe(422);
    await setReasons("south", ["Treatment"]);
    expect((await reveal(id, south1)).status).toBe(422);
    await setReasons("south", null);
    expect((await reveal(id, south1, {})).status).toBe(200);
  });
});

describe("whoever reads many originals in an hour", () => {
  const told = async (person: string) =>
    await hospital.asOwner(
      `SELECT sends.id, category, priority, service_id, audit_events.actor FROM sends
         JOIN audit_events ON object_id = sends.id::text AND action = 'notification.send'
       WHERE service_id = own_service() AND user_id = $1`,
      person,
    );

  it("is let through, once on record, in the log and in the metrics", async () => {
    const { north1 } = hospital.people;
    const id = await hospital.notify(north1.id);
    for (let i = 0; i < 6; i++) expect((await reveal(id, north1, { reason: "Treatment" })).status).toBe(200);
    expect(await recorded(north1.id)).toEqual([["notification.reveal_often", "ok", {}]]);
    expect(server.lines.filter((line) => line.includes("reads many originals"))).toHaveLength(1);
    expect((await server.get("/metrics")).text).toContain("tocsin_reveals_over_rate_total 1");
  });

  it("is told of to each supervisor of that territory once, by a notification that names nobody unless it is revealed", async () => {
    const { northBoss, southBoss, north2 } = hospital.people;
    const [send, ...more] = await told(northBoss.id);
    expect(more).toEqual([]);
    expect(send).toMatchObject({
      category: "system_message",
      priority: "high",
      actor: `service:${String(send?.["service_id"])}`,
    });
    expect([await told(southBoss.id), await told(north2.id)]).toEqual([[], []]);
    await hospital.persist(String(send?.["id"]));
    const inbox = (await server.get("/api/notifications", as(northBoss))).read(InboxPage);
    expect(inbox.notifications).toMatchObject([
      {
        title: "Many originals read",
        message: "[NAME] ([NAME]) has read unusually many originals within an hour.",
      },
    ]);
    const original = await reveal(String(send?.["id"]), northBoss, { reason: "Treatment" });
    expect(original.read(Original).message).toMatch(/^north-1 \(north-1\) has read/);
  });

  it("is told of again for another person, and not for the same one on another node", async () => {
    const { northBoss, north1, north2 } = hospital.people;
    const ids = [await hospital.notify(north1.id), await hospital.notify(north2.id)] as const;
    const other = await startServer(hospital, { RATE_REVEALS_PER_HOUR: "1" });
    const twice = async (person: { id: string }, id: string) => {
      const by = { reason: "Treatment" };
      for (const _ of [1, 2])
        expect((await other.post(`/api/notifications/${id}/reveal`, by, as(person))).status).toBe(200);
    };
    await twice(north1, ids[0]);
    expect(await recorded(north1.id)).toHaveLength(2);
    expect(await told(northBoss.id)).toHaveLength(1);
    await twice(north2, ids[1]);
    expect(await told(northBoss.id)).toHaveLength(2);
    await other.stop();
  });
});

it("a territory's only supervisor who reads many is told of to the admins and auditors, as nobody else there is", async () => {
  const { southBoss } = hospital.people;
  await aPerson(hospital, { id: "overseer", role: "auditor" });
  await actAs(hospital.knex, "setup", (trx) =>
    trx("memberships").insert({ user_id: "overseer", territory_id: "north", role: "clinician" }),
  );
  const id = await hospital.notify(southBoss.id);
  for (let i = 0; i < 5; i++) expect((await reveal(id, southBoss)).status).toBe(200);
  const told = await hospital.asOwner(
    "SELECT user_id, territory_id FROM sends WHERE service_id = own_service() AND territory_id <> 'south' AND user_id = 'overseer'",
  );
  expect(told).toEqual([{ user_id: "overseer", territory_id: "north" }]);
});

it("nobody sees or changes the service in whose name Tocsin itself sends", async () => {
  const admin = as(hospital.people.admin);
  expect((await server.get(`/api/services/${OWN_SERVICE}`, admin)).status).toBe(404);
  expect((await server.get("/api/services", admin)).text).not.toContain(OWN_SERVICE);
  const key = { territory_ids: ["north"] };
  expect((await server.post(`/api/services/${OWN_SERVICE}/keys`, key, admin)).status).toBe(404);
  const insert = actAs(hospital.knex, "setup", (trx) =>
    makeKey(trx, OWN_SERVICE, { territoryIds: ["north"], expiresAt: null }, older),
  );
  await expect(insert).rejects.toMatchObject({ nativeError: { code: "42501" } });
});

it("each territory is told of somebody whose reads beyond the rate, over all, are of it too: once, whichever was told before and however many at a time", async () => {
  const { northBoss, southBoss } = hospital.people;
  const inSouthToo = ({ id: user_id }: { id: string }, role: Role) =>
    actAs(hospital.knex, "setup", (trx) =>
      trx("memberships").insert({ user_id, territory_id: "south", role }),
    );
  const both = await aPerson(hospital, { id: "of-both", territory: "north" });
  await inSouthToo(both, "clinician");
  const overBoth = await aPerson(hospital, { id: "over-both", territory: "north", role: "supervisor" });
  await inSouthToo(overBoth, "supervisor");
  const north = await hospital.notify(both.id, { territory_id: "north" });
  const south = await hospital.notify(both.id, { territory_id: "south" });
  const reason = { reason: "Treatment" };
  const notes = async (): Promise<Record<string, number>> => {
    const rows = await hospital.asOwner(
      `SELECT territory_id, count(*)::int AS many FROM audit_events
       WHERE action = 'notification.reveal_often' AND object_id = $1 GROUP BY territory_id`,
      both.id,
    );
    return Object.fromEntries(rows.map(({ territory_id, many }) => [territory_id, many]));
  };
  const told = async (): Promise<number[]> => {
    const rows = await hospital.asOwner("SELECT user_id FROM sends WHERE service_id = own_service()");
    return [northBoss, southBoss, overBoth].map(
      ({ id }) => rows.filter(({ user_id }) => user_id === id).length,
    );
  };
  const before = await told();
  const since = async () => (await told()).map((many, index) => many - must(before[index], "before"));

  for (let count = 0; count < 3; count += 1) expect((await reveal(north, both, reason)).status).toBe(200);
  expect(await notes()).toEqual({});
  expect((await reveal(south, both)).status).toBe(200);
  expect(await notes()).toEqual({ south: 1 });
  expect(await since()).toEqual([0, 1, 1]);

  const more = Array.from({ length: 6 }, () => [reveal(north, both, reason), reveal(south, both)]).flat();
  for (const { status } of await Promise.all(more)) expect(status).toBe(200);
  expect(await notes()).toEqual({ north: 1, south: 1 });
  expect(await since()).toEqual([1, 1, 2]);
});
