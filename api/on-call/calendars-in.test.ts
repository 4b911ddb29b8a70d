import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createLog } from "../../config/log.ts";
import { createFetchCalendar } from "../../node/calendars/fetch.ts";
import { actAs } from "../../store/db/knex.ts";
import { placeReading } from "../../store/people/calendars.ts";
import { until } from "../../testing/until.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { noTemporal } from "../../testing/starter.ts";
import { ScimTokenWithSecret } from "../scim/schema.ts";
import { createOwnSends } from "../notifications/own-sends.ts";
import { Calendar, CalendarReading } from "./calendar-schema.ts";
import { Schedule, Shifts } from "./schema.ts";
import { readDue, startSubscriptions, type SubscriptionsDeps, tellOfFailing } from "./subscriptions.ts";

const HOUR = 3_600_000;

let hospital: Hospital;
let server: TestServer;
let boss: TestPerson;
let deps: SubscriptionsDeps;
const lines: string[] = [];

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { CHANNEL_PRIVATE_HOSTS: "127.0.0.1" });
  ({ northBoss: boss } = hospital.people);
  const { knex, config } = hospital;
  const vault = createVault(config.masterKeys);
  const secrets = await loadInstallationKey(knex, vault);
  const log = createLog("debug", { write: (line) => void lines.push(line) });
  deps = {
    ...{ knex, vault, log },
    fetchCalendar: createFetchCalendar({ privateHosts: ["127.0.0.1"], log }),
    ownSends: createOwnSends({ knex, reserve: knex, vault, secrets, starter: noTemporal, log }),
  };
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const aSchedule = async (more: object = {}): Promise<string> =>
  (
    await server.post(
      "/api/schedules",
      { territory_id: "north", name: "Nephrology", zone: "America/New_York", layers: [], ...more },
      as(boss),
    )
  ).read(Schedule).schedule_id;

const compact = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
/** Half an hour ago, so that no hour begins while the tests run. */
const BEGUN = Math.floor((Date.now() - HOUR / 2) / 1_000) * 1_000;
/** The hour that has begun, and so many after it. */
const inHours = (hours: number): number => BEGUN + hours * HOUR;
const event = (summary: string, from: number, to: number, ...more: string[]): string =>
  [
    ...["BEGIN:VEVENT", `UID:${summary}`, `SUMMARY:${summary}`],
    ...[`DTSTART:${compact(from)}`, `DTEND:${compact(to)}`, ...more, "END:VEVENT", ""],
  ].join("\r\n");
const calendar = (...events: string[]): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${events.join("")}END:VCALENDAR\r\n`;
/** North-1 has this hour and the next, north-2 the two after. */
const TWO = (): string =>
  calendar(event("north-1", inHours(0), inHours(2)), event("north-2", inHours(2), inHours(4)));

const importFile = (id: string, text: string, person = boss, type = "text/calendar"): Promise<Answer> =>
  server.post(`/api/schedules/${id}/calendar`, text, as(person), { "Content-Type": type });
const subscribe = (id: string, url: string, person = boss): Promise<Answer> =>
  server.put(`/api/schedules/${id}/calendar`, { url }, as(person));
const shown = async (id: string): Promise<Schedule["calendar"]> =>
  (await server.get(`/api/schedules/${id}`, as(hospital.people.north1))).read(Schedule).calendar;
/** Who has the hours from this one on. */
const people = async (id: string, hours = 4): Promise<(string | null)[]> => {
  const found: (string | null)[] = [];
  for (let hour = 0; hour < hours; hour++) {
    const [from, to] = [inHours(hour), inHours(hour) + 60_000].map((at) => new Date(at).toISOString());
    const query = `from=${from}&to=${to}`;
    const { shifts } = (await server.get(`/api/schedules/${id}/shifts?${query}`, as(boss))).read(Shifts);
    found.push(shifts[0]?.person?.user_id ?? null);
  }
  return found;
};
const record = (id: string) =>
  hospital.asOwner(
    "SELECT actor, action, outcome, payload FROM audit_events WHERE object_id = $1 ORDER BY xid, id",
    id,
  );

type Reply = (request: IncomingMessage, response: ServerResponse) => void;
/** A source of calendars; how it answers may change. */
async function source(first: Reply) {
  const asked: IncomingMessage[] = [];
  const state = { reply: first };
  const running = createServer((request, response) => {
    asked.push(request);
    state.reply(request, response);
  }).listen(0, "127.0.0.1");
  await once(running, "listening");
  onTestFinished(() => {
    running.closeAllConnections();
    running.close();
  });
  const { port } = running.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/rota.ics?token=secret-token`, port, asked, state };
}
const text =
  (body: string, headers: Record<string, string> = {}): Reply =>
  (_, response) =>
    void response.writeHead(200, { "Content-Type": "text/calendar", ...headers }).end(body);
/** What is to be read is due, and was read as a whole so long ago. */
const due = async (id: string, minutes = 120): Promise<void> => {
  const owner = await hospital.owner("schedule_calendars");
  await owner.query(
    `UPDATE schedule_calendars SET next_read_at = now(), parsed_at = now() - make_interval(mins => $2) WHERE schedule_id = $1`,
    [id, minutes],
  );
};
const again = async (id: string, minutes?: number): Promise<void> => {
  await due(id, minutes);
  await readDue(deps);
};

describe("a calendar that is imported", () => {
  it("says who is on call, before the layers, by email, id and name, and names the events of nobody", async () => {
    await aPerson(hospital, { id: "renamed", territory: "north" });
    const owner = await hospital.owner("users");
    await owner.query("UPDATE users SET name = 'Dr Ada Example' WHERE id = 'renamed'");
    const layer = { name: "Days", people: ["north-1"], starts: "2026-01-05T08:00", rule: "FREQ=DAILY" };
    const id = await aSchedule({ layers: [layer] });
    const answer = await importFile(
      id,
      calendar(
        event("On call", inHours(0), inHours(1), "ATTENDEE:mailto:North-2@TOCSIN.example"),
        event("Dr Ada Example", inHours(1), inHours(2), "ORGANIZER:mailto:north-boss@tocsin.example"),
        event(
          "Somebody",
          inHours(2),
          inHours(3),
          "X-TOCSIN-USER:north-2",
          "ATTENDEE:mailto:north-1@tocsin.example",
        ),
        event("Dr Nobody", inHours(4), inHours(5), "RRULE:FREQ=DAILY;COUNT=3"),
        event("south-1", inHours(5), inHours(6)),
        event(
          "Both",
          inHours(6),
          inHours(7),
          "ATTENDEE:mailto:north-1@tocsin.example",
          "ATTENDEE:mailto:north-2@tocsin.example",
        ),
        event("north-1", inHours(7), inHours(8), "ATTENDEE:mailto:locum@elsewhere.example"),
        event("Once", inHours(8), inHours(9), "ORGANIZER:mailto:north-2@tocsin.example"),
      ),
    );
    expect(await people(id, 9)).toEqual([
      ...["north-2", "renamed", "north-2", "north-1", "north-1", "north-1", "north-1", "north-1", "north-2"],
    ]);
    const { shifts, unknown } = answer.read(CalendarReading);
    const faults = [
      ["Dr Nobody", "person_unknown"],
      ["south-1", "person_unknown"],
      ["Both", "several_people"],
      ["north-1", "person_unknown"],
    ];
    expect([shifts, unknown.map(({ uid, why }) => [uid, why])]).toEqual([4, faults]);
    expect(unknown[0]?.starts_at).toBe(new Date(inHours(4)).toISOString());
    expect(await shown(id)).toMatchObject({ source: "file", host: null, unknown: 4, failing_since: null });
    const kept = (await server.get(`/api/schedules/${id}/calendar`, as(boss))).read(Calendar);
    expect(kept.unknown).toEqual(unknown);
    expect((await record(id)).at(-1)).toMatchObject({
      ...{ action: "schedule.import", outcome: "ok" },
      payload: { shifts: 4, unknown: 4 },
    });
    // A gap of the calendar is the next layer's.
    const ended = await server.delete(`/api/schedules/${id}/calendar`, as(boss));
    expect([ended.status, await shown(id)]).toEqual([204, null]);
    expect(await people(id, 1)).toEqual(["north-1"]);
    expect((await server.delete(`/api/schedules/${id}/calendar`, as(boss))).status).toBe(404);
  });

  it("gives nobody a turn by the name that a directory gave them, nor takes one by it, until an admin writes it", async () => {
    for (const id of ["ada", "eve"]) await aPerson(hospital, { id, territory: "north" });
    const { admin } = hospital.people;
    const name = async (id: string, to: string) =>
      expect((await server.patch(`/api/users/${id}`, { name: to }, as(admin))).status).toBe(200);
    await name("ada", "Dr Ada Sample");
    const token = await server.make(ScimTokenWithSecret, "/api/scim/tokens", { name: "Okta" }, as(admin));
    const rename = async (id: string, to: string) => {
      const change = { Operations: [{ op: "replace", path: "displayName", value: to }] };
      const answer = await server.patch(`/scim/v2/Users/${id}`, change, { key: token.token });
      expect(answer.status, answer.text).toBe(200);
    };
    const id = await aSchedule();
    const read = async () =>
      await importFile(
        id,
        calendar(
          event("Dr Ada Sample", inHours(0), inHours(1)),
          event("Dr Renamed", inHours(1), inHours(2)),
          event("Locum", inHours(2), inHours(3), "ATTENDEE:mailto:eve@tocsin.example"),
        ),
      );
    await read();
    expect(await people(id, 3)).toEqual(["ada", null, "eve"]);
    // Another's name makes that one's turns nobody else's, and no two people's.
    await rename("eve", "Dr Ada Sample");
    await read();
    expect(await people(id, 3)).toEqual(["ada", null, "eve"]);
    await rename("eve", "Dr Renamed");
    await read();
    expect(await people(id, 3)).toEqual(["ada", null, "eve"]);
    await name("eve", "Dr Renamed");
    await read();
    expect(await people(id, 3)).toEqual(["ada", "eve", "eve"]);
  });

  it("takes the place of the one before as a whole, and of nothing where it has no shift or can't be read", async () => {
    const id = await aSchedule();
    expect((await importFile(id, TWO())).status).toBe(200);
    const empty = calendar(event("Dr Nobody", inHours(0), inHours(1)));
    expect(await importFile(id, empty)).toMatchObject({
      status: 422,
      body: { errors: [{ message: /no shift/ }, { message: /"Dr Nobody".*person_unknown/ }] },
    });
    for (const text of ["", "<html>", TWO().slice(0, -20)])
      expect((await importFile(id, text)).status, text).toBe(422);
    const often = event("north-1", inHours(0), inHours(0) + 60_000, "RRULE:FREQ=HOURLY");
    expect(await importFile(id, calendar(often))).toMatchObject({
      body: { errors: [{ message: /more shifts/ }] },
    });
    expect(await people(id)).toEqual(["north-1", "north-1", "north-2", "north-2"]);
    const other = calendar(event("north-2", inHours(1), inHours(2)));
    expect((await importFile(id, other)).status).toBe(200);
    expect(await people(id, 3)).toEqual([null, "north-2", null]);
  });

  it("has each event's people looked for once, however often it is repeated and however many attend", async () => {
    const id = await aSchedule();
    const attend = Array.from({ length: 1_000 }, (_, n) => `guest-${n}@elsewhere.example`);
    let looks = 0;
    const whom = {
      ...{ user: null, organizer: null, summary: null },
      get emails() {
        looks++;
        return [...attend, "north-2@tocsin.example"];
      },
    };
    const occurrences = Array.from({ length: 500 }, (_, n) => ({
      ...{ from: inHours(n), to: inHours(n + 1), uid: "one", whom },
    }));
    const reading = { occurrences, unread: [] };
    const { turns } = await actAs(hospital.knex, `user:${boss.id}`, (trx) =>
      placeReading(trx, `user:${boss.id}`, id, reading),
    );
    expect([turns.length, turns[0]?.person]).toEqual([500, "north-2"]);
    expect(looks).toBeLessThan(10);
  });

  it("is a supervisor's to give, as text/calendar in UTF-8 of 256 KB at most", async () => {
    const id = await aSchedule();
    const { north1, southBoss } = hospital.people;
    expect((await importFile(id, TWO(), north1)).status).toBe(403);
    expect((await importFile(id, TWO(), southBoss)).status).toBe(404);
    expect((await importFile(id, TWO(), boss, "application/json")).status).toBe(415);
    expect((await importFile(id, TWO(), boss, "text/calendar; charset=latin1")).status).toBe(415);
    expect((await importFile(id, "x".repeat(262_145))).status).toBe(413);
    const bytes = new Uint8Array([66, 255]);
    const raw = await fetch(`${server.url}/api/schedules/${id}/calendar`, {
      ...{ method: "POST", body: bytes },
      headers: { ...(await server.headersOf(as(boss))), "Content-Type": "text/calendar" },
    });
    expect(raw.status).toBe(400);
    expect((await server.get(`/api/schedules/${id}/calendar`, as(north1))).status).toBe(403);
    expect(await shown(id)).toBeNull();
    expect((await subscribe(id, "http://127.0.0.1/", north1)).status).toBe(403);
  });
});

describe("a calendar that is subscribed to", () => {
  it("goes on giving turns to whom a title meant first: by a colleague's name nobody has them", async () => {
    const named = async (id: string, name: string): Promise<void> => {
      const owner = await hospital.owner("users");
      await owner.query("UPDATE users SET name = $2 WHERE id = $1", [id, name]);
    };
    const anna = await aPerson(hospital, { territory: "north" });
    const other = await aPerson(hospital, { territory: "north" });
    await named(anna.id, "Anna Berg");
    const north2 = event("north-2", inHours(1), inHours(2));
    const { url } = await source(text(calendar(event("Anna Berg", inHours(0), inHours(1)), north2)));
    const id = await aSchedule();
    await subscribe(id, url);
    expect(await people(id, 2)).toEqual([anna.id, "north-2"]);
    await named(other.id, "Anna Berg");
    await again(id);
    expect(await people(id, 2)).toEqual([anna.id, "north-2"]);
    await named(anna.id, "Anna Lund");
    await again(id);
    expect(await people(id, 2)).toEqual([anna.id, "north-2"]);
    await server.delete(`/api/users/${anna.id}`, as(hospital.people.admin));
    await again(id);
    expect(await people(id, 2)).toEqual([null, "north-2"]);
    expect(await shown(id)).toMatchObject({ failing_since: null });
    // A supervisor who subscribes anew has said that it is right.
    await subscribe(id, url);
    expect(await people(id, 2)).toEqual([other.id, "north-2"]);
  });

  it("is read again, for what changed only, and as a whole once an hour", async () => {
    const { url, port, asked, state } = await source(text(TWO(), { ETag: '"one"' }));
    const id = await aSchedule();
    expect((await subscribe(id, url)).read(CalendarReading).shifts).toBe(2);
    expect(await shown(id)).toMatchObject({ source: "url", host: `127.0.0.1:${port}` });
    state.reply = (_, response) => void response.writeHead(304).end();
    await again(id, 10);
    expect(asked.at(-1)?.headers["if-none-match"]).toBe('"one"');
    expect(await shown(id)).toMatchObject({ failing_since: null });
    state.reply = text(calendar(event("north-2", inHours(0), inHours(4))));
    await again(id);
    expect(asked.at(-1)?.headers["if-none-match"]).toBeUndefined();
    expect(await people(id)).toEqual(Array(4).fill("north-2"));
    // Nothing is due.
    await readDue(deps);
    expect(asked).toHaveLength(3);
    const payloads = JSON.stringify([await record(id), lines, server.lines]);
    expect(payloads).toContain("schedule.subscribe");
    expect(payloads).not.toContain("secret-token");
    const rows = await hospital.asOwner("SELECT * FROM schedule_calendars WHERE schedule_id = $1", id);
    expect(JSON.stringify(rows)).not.toContain("secret-token");
    expect((await record(id)).filter(({ action }) => action === "schedule.read_calendar")).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ["http_500", (_, response) => void response.writeHead(500).end()],
    ["not_icalendar", text("<html>Sign in</html>")],
    ["no_shifts", text(calendar())],
    ["no_shifts", text(calendar(event("Dr Nobody", inHours(0), inHours(1))))],
    ["too_large", text(`BEGIN:VCALENDAR\r\nX:${"x".repeat(262_144)}\r\nEND:VCALENDAR\r\n`)],
    ["encoding", text(TWO(), { "Content-Encoding": "gzip" })],
    ["too_many_shifts", text(calendar(event("north-1", inHours(0), inHours(1) - 1, "RRULE:FREQ=HOURLY")))],
  ])("goes on as it was read last while its source fails: %s", async (failure, reply) => {
    const { url, state } = await source(text(TWO()));
    const id = await aSchedule();
    await subscribe(id, url);
    state.reply = reply;
    await again(id);
    const failing = await shown(id);
    expect(failing).toMatchObject({ failure, failing_since: expect.any(String) });
    expect(await people(id)).toEqual(["north-1", "north-1", "north-2", "north-2"]);
    await again(id);
    expect((await shown(id))?.failing_since).toBe(failing?.failing_since);
    state.reply = text(TWO());
    await again(id);
    expect(await shown(id)).toMatchObject({ failure: null, failing_since: null });
  });

  it("has its supervisors told once it has failed for a day, once", async () => {
    const { url, state } = await source(text(TWO()));
    const id = await aSchedule({ name: "Cardiology" });
    await subscribe(id, url);
    state.reply = (_, response) => void response.destroy();
    await again(id);
    const owner = await hospital.owner("schedule_calendars", "sends");
    const told = async () =>
      (
        await owner.query(
          "SELECT user_id FROM sends WHERE service_id = '0d1e0000-0000-4000-8000-000000000001'",
        )
      ).rows;
    await tellOfFailing(deps);
    expect(await told()).toEqual([]);
    await owner.query(
      "UPDATE schedule_calendars SET failing_since = now() - interval '1 day' WHERE schedule_id = $1",
      [id],
    );
    await Promise.all([1, 2].map(() => tellOfFailing(deps)));
    await tellOfFailing(deps);
    expect(await told()).toEqual([{ user_id: "north-boss" }]);
    const notices = (await record(id)).filter(({ action }) => action === "schedule.calendar_notice");
    expect(notices).toHaveLength(1);
  });

  it("is read, and others are told of, while another one's source does not answer", async () => {
    const [slow, quick, failing] = [
      await source(text(TWO())),
      await source(text(TWO())),
      await source(text(TWO())),
    ];
    const [held, id, lost] = [await aSchedule(), await aSchedule(), await aSchedule()];
    await subscribe(held, slow.url);
    await subscribe(id, quick.url);
    await subscribe(lost, failing.url);
    const owner = await hospital.owner("schedule_calendars");
    await owner.query(
      "UPDATE schedule_calendars SET failing_since = now() - interval '2 days', told_at = null WHERE schedule_id = $1",
      [lost],
    );
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    slow.state.reply = (request, response) => {
      arrived.resolve();
      void answer.promise.then(() => text(TWO())(request, response));
    };
    quick.state.reply = text(calendar(event("north-2", inHours(0), inHours(4))));
    // The slow one has been due for longer.
    await due(held);
    await due(id);
    const loop = startSubscriptions(deps, 20);
    onTestFinished(() => loop.stop());
    await arrived.promise;
    await until("it is told of", async () =>
      (await record(lost)).some(({ action }) => action === "schedule.calendar_notice"),
    );
    await until("it is read", async () => (await people(id, 1))[0] === "north-2");
    answer.resolve();
  });

  it("is read again at once when its schedule's zone changes, by the new one, also if it is being read", async () => {
    const { url, state, asked } = await source(text(TWO()));
    const id = await aSchedule({ zone: "UTC" });
    const local = new Date(inHours(0)).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
    const floating = calendar(
      [
        "BEGIN:VEVENT",
        "UID:1",
        "SUMMARY:north-2",
        `DTSTART:${local}`,
        "DURATION:PT1H",
        "END:VEVENT",
        "",
      ].join("\r\n"),
    );
    state.reply = text(floating, { ETag: '"one"' });
    await subscribe(id, url);
    const change = (zone: string) => server.patch(`/api/schedules/${id}`, { zone }, as(boss));
    const firstShift = async (): Promise<number> => {
      const rows = await hospital.asOwner("SELECT starts_at FROM calendar_shifts WHERE schedule_id = $1", id);
      return Number(rows[0]?.["starts_at"]);
    };
    expect(await firstShift()).toBe(inHours(0));
    // The answer that is on its way was asked for by the clock before.
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    state.reply = (request, response) => {
      arrived.resolve();
      void answer.promise.then(() => text(floating, { ETag: '"one"' })(request, response));
    };
    await due(id);
    const reading = readDue(deps);
    await arrived.promise;
    state.reply = (request, response) =>
      request.headers["if-none-match"] === undefined
        ? text(floating)(request, response)
        : void response.writeHead(304).end();
    expect((await change("Asia/Kolkata")).status).toBe(200);
    const byNewClock = async (): Promise<boolean> => (await firstShift()) === inHours(0) - 5.5 * HOUR;
    await until("it is read by the new clock", byNewClock);
    answer.resolve();
    await reading;
    expect(await byNewClock()).toBe(true);
    state.reply = text(floating);
    expect((await change("UTC")).status).toBe(200);
    await until("it is read at once", async () => (await firstShift()) === inHours(0));
    const times = asked.length;
    await change("UTC");
    expect(asked).toHaveLength(times);
  });

  it("whose schedule's zone changes while it is subscribed to is not kept", async () => {
    const { url, state } = await source(text(TWO()));
    const id = await aSchedule({ zone: "UTC" });
    state.reply = (request, response) =>
      void server
        .patch(`/api/schedules/${id}`, { zone: "Asia/Kolkata" }, as(boss))
        .then(() => text(TWO())(request, response));
    expect((await subscribe(id, url)).status).toBe(409);
    expect(await shown(id)).toBeNull();
  });

  it("is read by one node at a time", async () => {
    const { url, asked, state } = await source(text(TWO()));
    const id = await aSchedule();
    await subscribe(id, url);
    const answer = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    state.reply = (request, response) => {
      arrived.resolve();
      void answer.promise.then(() => text(TWO())(request, response));
    };
    await due(id);
    const first = readDue(deps);
    await arrived.promise;
    await readDue(deps);
    answer.resolve();
    await first;
    expect(asked).toHaveLength(2);
  });

  it("that ends while it is read leaves nothing behind", async () => {
    const { url, state } = await source(text(TWO()));
    const id = await aSchedule();
    await subscribe(id, url);
    state.reply = (request, response) =>
      void importFile(id, calendar(event("north-2", inHours(0), inHours(1)))).then(() =>
        text(TWO())(request, response),
      );
    await again(id);
    expect(await shown(id)).toMatchObject({ source: "file" });
    expect(await people(id, 2)).toEqual(["north-2", null]);
  });

  it("is not read from inside, by name, address or redirect, and follows a few redirects", async () => {
    const found = await source(text(TWO()));
    const id = await aSchedule();
    const refused = (url: string) => subscribe(id, url);
    for (const [url, message] of [
      ["https://127.0.0.2/rota.ics", /private_address/],
      ["https://[::1]/rota.ics", /private_address/],
      ["https://169.254.169.254/latest", /private_address/],
      ["http://calendar.example/rota.ics", /must be https/],
      ["https://me:secret@calendar.example/rota.ics", /no user name/],
      ["ftp://calendar.example/rota.ics", /https/],
    ] as const)
      expect(await refused(url), url).toMatchObject({
        status: 422,
        body: { errors: [{ path: "/url", message: expect.stringMatching(message) }] },
      });
    const leads = (to: string, times = 1): Reply => {
      let left = times;
      return (request, response) => {
        if (left-- > 0) response.writeHead(302, { Location: to }).end();
        else text(TWO())(request, response);
      };
    };
    for (const [to, times, message] of [
      ["https://127.0.0.2/", 9, /private_address/],
      ["http://127.0.0.2/", 9, /private_address|insecure/],
      ["https://169.254.169.254/latest/meta-data", 9, /private_address/],
      ["file:///etc/passwd", 9, /insecure/],
      ["/again", 9, /redirect/],
    ] as const) {
      found.state.reply = leads(to, times);
      expect(await refused(found.url), to).toMatchObject({
        status: 422,
        body: { errors: [{ message: expect.stringMatching(message) }] },
      });
    }
    found.state.reply = leads("/moved", 3);
    expect((await subscribe(id, found.url)).status).toBe(200);
    expect(await people(id, 1)).toEqual(["north-1"]);
  });

  it("ends with its schedule", async () => {
    const { url, asked } = await source(text(TWO()));
    const id = await aSchedule();
    await subscribe(id, url);
    await due(id);
    expect((await server.delete(`/api/schedules/${id}`, as(boss))).status).toBe(204);
    await readDue(deps);
    expect(asked).toHaveLength(1);
  });

  it("is bounded in how long its source may take", async () => {
    const { url } = await source(() => undefined);
    const fetchCalendar = createFetchCalendar({
      ...{ privateHosts: ["127.0.0.1"], log: deps.log, timeout: 50 },
    });
    expect(await fetchCalendar(url)).toEqual({ kind: "failed", code: "timeout" });
  });
});
