import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoUser, Person } from "../../testing/client.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { OwnPreferences } from "./schema.ts";

const CATEGORIES = ["order_update", "patient_alert", "system_message"];

let site: Site;
let person: Person;
let other: Person;
let owner: pg.Client;

beforeAll(async () => {
  site = await createSite();
  const { url } = await site.start({ role: "api" });
  const demo = await site.demo();
  person = await Person.signIn(url, demoUser(demo, "clinician"));
  other = await Person.signIn(url, demoUser(demo, "clinician", 1));
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  await owner.query("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
});
afterAll(async () => {
  await owner.end();
  await site.close();
});

const read = async (who: Person): Promise<OwnPreferences> =>
  OwnPreferences.parse(await (await who.fetch("/api/preferences")).json());
const put = (body: unknown): Promise<Response> =>
  person.fetch("/api/preferences", {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

describe("/api/preferences", () => {
  it("begins with yes to everything, beside what there is to choose from", async () => {
    expect(await read(person)).toEqual({
      ...{ wanted: {}, quiet_hours: null, time_zone: "UTC" },
      ...{ channels: ["websocket"], categories: CATEGORIES },
    });
  });

  it("replaces them, for the one person, on record", async () => {
    const wanted = { all: { sms: false }, patient_alert: { all: true, websocket: true } };
    const quiet_hours = { start: "22:00", end: "06:30" };
    const answer = await put({ wanted, quiet_hours, time_zone: "Europe/Berlin" });
    expect(answer.status).toBe(200);
    const expected = { wanted, quiet_hours, time_zone: "Europe/Berlin" };
    expect(await answer.json()).toMatchObject(expected);
    expect(await read(person)).toMatchObject(expected);
    expect((await read(other)).wanted).toEqual({});

    expect((await put({ time_zone: "Asia/Tokyo" })).status).toBe(200);
    expect(await read(person)).toMatchObject({ wanted: {}, quiet_hours: null, time_zone: "Asia/Tokyo" });
    const { rows } = await owner.query(
      "SELECT actor, outcome, payload FROM audit_events WHERE action = 'preferences.update' ORDER BY id",
    );
    expect(rows).toEqual([
      {
        ...{ actor: "user:demo-clinician-1", outcome: "ok" },
        payload: { unwanted: ["all/sms"], quiet_hours: true, time_zone: "Europe/Berlin" },
      },
      {
        ...{ actor: "user:demo-clinician-1", outcome: "ok" },
        payload: { unwanted: [], quiet_hours: false, time_zone: "Asia/Tokyo" },
      },
    ]);
  });

  it("refuses what makes no sense, naming the place, and keeps what was there", async () => {
    const before = await read(person);
    for (const [body, path] of [
      [{ wanted: { patient_alert: { telegraph: false } } }, "/wanted/patient_alert/telegraph"],
      [{ wanted: { gossip: { sms: false } } }, "/wanted"],
      [{ wanted: { all: { sms: "no" } } }, "/wanted/all/sms"],
      [{ quiet_hours: { start: "25:00", end: "06:00" } }, "/quiet_hours/start"],
      [{ quiet_hours: { start: "22:00" } }, "/quiet_hours/end"],
      [{ time_zone: "Middle/Earth" }, "/time_zone"],
    ] as const) {
      const answer = await put(body);
      expect(answer.status, path).toBe(422);
      expect(await answer.json()).toMatchObject({ errors: [{ path: expect.stringContaining(path) }] });
    }
    expect(await read(person)).toEqual(before);
  });

  it("is for people who are signed in, from this site", async () => {
    const url = `${person.url}/api/preferences`;
    expect((await fetch(url)).status).toBe(401);
    const init = { method: "PUT", body: "{}" };
    const headers = { Cookie: person.cookie, "Content-Type": "application/json" };
    expect((await fetch(url, { ...init, headers })).status).toBe(403);
  });
});
