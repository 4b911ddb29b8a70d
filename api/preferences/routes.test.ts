import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import type { TestPerson } from "../../testing/nouns.ts";
import { MOST_FAULTS } from "../http/errors.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { OwnPreferences } from "./schema.ts";

const CATEGORIES = ["order_update", "patient_alert", "system_message"];

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;
let person: TestPerson;
let other: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner("audit_events");
  [person, other] = [hospital.people.north1, hospital.people.north2];
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const read = async (who: TestPerson): Promise<OwnPreferences> =>
  (await server.get("/api/preferences", as(who))).read(OwnPreferences);
const put = (body: unknown) => server.put("/api/preferences", body, as(person));

describe("/api/preferences", () => {
  it("begins with yes to everything, beside what there is to choose from", async () => {
    expect(await read(person)).toEqual({
      wanted: {},
      quiet_hours: null,
      quiet_days: {},
      digests: {},
      from: {},
      parallel: [],
      time_zone: "UTC",
      channels: ["websocket"],
      categories: CATEGORIES,
      unsubscribed_at: null,
    });
  });

  it("replaces them, for the one person, on record", async () => {
    const wanted = { all: { sms: false }, patient_alert: { all: true, websocket: true } };
    const quiet_hours = { start: "22:00", end: "06:30" };
    const answer = await put({ wanted, quiet_hours, time_zone: "Europe/Berlin" });
    expect(answer.status).toBe(200);
    const expected = { wanted, quiet_hours, time_zone: "Europe/Berlin" };
    expect(answer.body).toMatchObject(expected);
    expect(await read(person)).toMatchObject(expected);
    expect((await read(other)).wanted).toEqual({});

    expect((await put({ time_zone: "Asia/Tokyo" })).status).toBe(200);
    expect(await read(person)).toMatchObject({ wanted: {}, quiet_hours: null, time_zone: "Asia/Tokyo" });
    const { rows } = await owner.query(
      "SELECT actor, outcome, payload FROM audit_events WHERE action = 'preferences.update' ORDER BY id",
    );
    expect(rows).toEqual([
      {
        actor: "user:north-1",
        outcome: "ok",
        payload: {
          ...{
            unwanted: ["all/sms"],
            quiet_hours: true,
            quiet_days: [],
            digests: {},
            from: {},
            parallel: [],
          },
          time_zone: "Europe/Berlin",
        },
      },
      {
        actor: "user:north-1",
        outcome: "ok",
        payload: {
          ...{ unwanted: [], quiet_hours: false, quiet_days: [], digests: {}, from: {}, parallel: [] },
          time_zone: "Asia/Tokyo",
        },
      },
    ]);
  });

  it("has quiet hours by weekday, and keeps documents without them as they were", async () => {
    const quiet_days = { SA: { start: "00:00", end: "24:00" }, MO: null };
    expect((await put({ quiet_days })).body).toMatchObject({ quiet_days });
    expect((await read(person)).quiet_days).toEqual(quiet_days);
    await put({ quiet_hours: { start: "22:00", end: "06:30" } });
    const [row] = await hospital.asOwner("SELECT settings FROM preferences WHERE user_id = 'north-1'");
    expect(Object.keys(row?.["settings"] ?? {})).not.toContain("quiet_days");
    expect((await read(person)).quiet_days).toEqual({});
  });

  it("refuses what makes no sense, naming the place, and keeps what was there", async () => {
    const before = await read(person);
    for (const [body, path] of [
      [{ wanted: { patient_alert: { telegraph: false } } }, "/wanted/patient_alert/telegraph"],
      [{ wanted: { gossip: { sms: false } } }, "/wanted"],
      [{ wanted: { all: { sms: "no" } } }, "/wanted/all/sms"],
      [{ quiet_hours: { start: "25:00", end: "06:00" } }, "/quiet_hours/start"],
      [{ quiet_hours: { start: "22:00" } }, "/quiet_hours/end"],
      [{ quiet_days: { SA: { start: "24:00", end: "06:00" } } }, "/quiet_days/SA/start"],
      [{ quiet_days: { XX: null } }, "/quiet_days"],
      [{ digests: { order_update: 0 } }, "/digests/order_update"],
      [{ from: { sms: "normal" } }, "/from/sms"],
      [{ from: { telegraph: "high" } }, "/from/telegraph"],
      [{ parallel: ["telegraph"] }, "/parallel/0"],
      [{ time_zone: "Middle/Earth" }, "/time_zone"],
    ] as const) {
      const answer = await put(body);
      expect(answer.status, path).toBe(422);
      expect(answer.body).toMatchObject({ errors: [{ path: expect.stringContaining(path) }] });
    }
    expect(await read(person)).toEqual(before);
  });

  it("names the first faults of a thousand", async () => {
    const letters = (n: number): string =>
      [n / 100, (n / 10) % 10, n % 10].map((at) => "abcdefghij"[Math.floor(at)]).join("");
    const unknown = Array.from({ length: 1_000 }, (_, n) => [`none_${letters(n)}`, true]);
    const answer = await put({ wanted: { all: Object.fromEntries(unknown) } });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: { length: MOST_FAULTS } });
  });

  it("is for people who are signed in, from this site", async () => {
    expect((await server.get("/api/preferences")).status).toBe(401);
    const elsewhere = { Origin: "https://elsewhere.example" };
    expect((await server.put("/api/preferences", {}, as(person), elsewhere)).status).toBe(403);
  });
});
