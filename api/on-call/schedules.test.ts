import { createHash } from "node:crypto";
import { DateTime } from "luxon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import type { TestPerson } from "../../testing/nouns.ts";
import { LAYER, type OnCall, onCallOf, turn, ZONE } from "../../testing/on-call.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { Feed, Override, Schedule, ScheduleList, Shifts } from "./schema.ts";

const DAY = 86_400_000;

let hospital: Hospital;
let server: TestServer;
let boss: TestPerson;
let north1: TestPerson;
let north2: TestPerson;
let create: OnCall["create"];
let aSchedule: OnCall["aSchedule"];
let aRole: OnCall["aRole"];
let who: OnCall["who"];

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ northBoss: boss, north1, north2 } = hospital.people);
  ({ create, aSchedule, aRole, who } = onCallOf(server, hospital.people));
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

describe("schedules", () => {
  it("are made, seen, changed and deleted, on record", async () => {
    const made = await create();
    expect(made.status).toBe(201);
    const { schedule_id: id } = made.read(Schedule);
    expect(made.headers.get("location")).toBe(`/api/schedules/${id}`);
    expect((await server.get(`/api/schedules/${id}`, as(north1))).read(Schedule)).toMatchObject({
      name: "Nephrology",
      layers: [{ ...LAYER, hours: [] }],
      fallback: null,
      roles: [],
    });
    const changed = await server.patch(`/api/schedules/${id}`, { name: "Nights" }, as(boss));
    expect(changed.read(Schedule).name).toBe("Nights");
    const listed = (await server.get("/api/schedules?territory=north", as(north2))).read(ScheduleList);
    expect(listed.schedules).toContainEqual(expect.objectContaining({ schedule_id: id, name: "Nights" }));
    expect((await server.delete(`/api/schedules/${id}`, as(boss))).status).toBe(204);
    expect((await server.get(`/api/schedules/${id}`, as(boss))).status).toBe(404);
    const events = await hospital.asOwner(
      "SELECT action, outcome FROM audit_events WHERE object_id = $1 ORDER BY id",
      id,
    );
    expect(events).toEqual(
      ["schedule.create", "schedule.update", "schedule.delete"].map((action) => ({ action, outcome: "ok" })),
    );
  });

  it("name people who can be reached, rules that can be followed, and hours that are hours", async () => {
    for (const [more, path] of [
      [{ layers: [{ ...LAYER, people: ["north-1", "south-1"] }] }, "/layers/0/people/1"],
      [{ fallback: { user_id: "nobody" } }, "/fallback/user_id"],
      [{ fallback: { role: "none-such" } }, "/fallback/role"],
      [{ layers: [{ ...LAYER, rule: "FREQ=MINUTELY" }] }, "/layers/0/rule"],
      [{ layers: [{ ...LAYER, rule: "FREQ=HOURLY;INTERVAL=24;BYHOUR=5" }] }, "/layers/0/rule"],
      [{ layers: [{ ...LAYER, starts: "2026-13-01T08:00" }] }, "/layers/0/starts"],
      [
        { layers: [{ ...LAYER, hours: [{ days: ["MO"], from: "8", to: "17:00" }] }] },
        "/layers/0/hours/0/from",
      ],
      [{ zone: "Mars/Olympus" }, "/zone"],
      [{ layers: Array.from({ length: 7 }, () => ({ ...LAYER, rule: "FREQ=HOURLY" })) }, "/layers"],
      [
        {
          layers: Array.from({ length: 4 }, () => ({
            ...LAYER,
            hours: Array.from({ length: 20 }, () => ({ days: ["MO"], from: "08:00", to: "17:00" })),
          })),
        },
        "/layers",
      ],
    ] as const)
      expect(await create(boss, more), path).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  it("say that whoever has a role is not there, until when, and who covers them as long as they can", async () => {
    const role = await aRole(await aSchedule());
    const holder = (await who(role))?.person?.user_id;
    const [own, other] = holder === "north-1" ? [north1, north2] : [north2, north1];
    expect((await who(role))?.absence).toBeNull();
    const until = new Date(Date.now() + DAY).toISOString();
    const put = (person: TestPerson, body: object) => server.put("/api/availability", body, as(person));
    expect((await put(own, { status: "away", until, delegate: other.id })).status).toBe(200);
    const cover = { user_id: other.id, name: other.id };
    expect((await who(role))?.absence).toEqual({ status: "away", until, cover });
    await put(other, { status: "busy", until });
    expect((await who(role))?.absence).toEqual({ status: "away", until, cover: null });
    const later = (await who(role, new Date(Date.now() + 3 * DAY).toISOString()))?.absence;
    const before = (await who(role, new Date(Date.now() - DAY).toISOString()))?.absence;
    expect([later, before]).toEqual([null, null]);
    for (const person of [own, other]) await put(person, { status: "available" });
  });

  it("are kept by the territory's supervisors, and seen by its people alone", async () => {
    const id = await aSchedule();
    const { south1, southBoss, admin } = hospital.people;
    for (const person of [north1, admin, southBoss])
      expect((await create(person)).status, person.id).toBe(403);
    expect((await server.patch(`/api/schedules/${id}`, { name: "x" }, as(north1))).status).toBe(403);
    for (const person of [south1, southBoss, admin]) {
      expect((await server.get(`/api/schedules/${id}`, as(person))).status).toBe(404);
      expect((await server.get(`/api/schedules/${id}/shifts`, as(person))).status).toBe(404);
    }
    expect((await server.get("/api/schedules", as(south1))).read(ScheduleList).schedules).toEqual([]);
    expect((await server.get("/api/on-call?territory=north", as(south1))).body).toMatchObject({
      on_call: [],
    });
  });

  it("show their shifts with names, and the gaps between them", async () => {
    const hours = [{ days: ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], from: "08:00", to: "20:00" }];
    const id = await aSchedule({ layers: [{ ...LAYER, hours }] });
    const from = DateTime.fromISO("2026-03-07T08:00", { zone: ZONE }).toJSDate();
    const query = `from=${from.toISOString()}&to=${new Date(from.getTime() + 2 * DAY).toISOString()}`;
    const { shifts, people } = (await server.get(`/api/schedules/${id}/shifts?${query}`, as(north1))).read(
      Shifts,
    );
    expect(shifts.map(({ person }) => person?.user_id ?? null)).toEqual([
      turn(from),
      null,
      turn(new Date(from.getTime() + DAY)),
      null,
      turn(new Date(from.getTime() + 2 * DAY)),
    ]);
    expect(shifts[0]?.person?.name).toBe(turn(from));
    expect(people.map(({ user_id }) => user_id)).toEqual(["north-1", "north-2"]);
    for (const bad of ["from=2026-03-09T00:00:00Z&to=2026-03-08T00:00:00Z", "to=2100-01-01T00:00:00Z"])
      expect((await server.get(`/api/schedules/${id}/shifts?${bad}`, as(north1))).status).toBe(422);
  });

  it("can't be deleted while a role goes by them", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const refused = await server.delete(`/api/schedules/${id}`, as(boss));
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining(role) } });
  });

  it("are read by calendars by a token, until it is ended", async () => {
    const id = await aSchedule();
    const { url } = (await server.post(`/api/schedules/${id}/feed`, {}, as(boss))).read(Feed);
    const path = new URL(url).pathname;
    const calendar = await fetch(server.url + path);
    expect(calendar.headers.get("content-type")).toContain("text/calendar");
    const text = await calendar.text();
    expect(text).toMatch(/^BEGIN:VCALENDAR/);
    expect(text.match(/BEGIN:VEVENT/g)?.length).toBeGreaterThan(50);
    // Those at both ends as well, but where the day ends in between.
    const events = async (): Promise<string> => {
      const read = await fetch(server.url + path);
      expect(read.status).toBe(200);
      return (await read.text()).replaceAll(/^DTSTAMP.*$/gm, "");
    };
    await until("it is read twice alike", async () => (await events()) === (await events()));
    const { url: next } = (await server.post(`/api/schedules/${id}/feed`, {}, as(boss))).read(Feed);
    expect((await fetch(server.url + path)).status).toBe(404);
    expect((await server.delete(`/api/schedules/${id}/feed`, as(boss))).status).toBe(204);
    expect((await fetch(server.url + new URL(next).pathname)).status).toBe(404);
    expect((await server.post(`/api/schedules/${id}/feed`, {}, as(north1))).status).toBe(403);
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, guess) => fetch(`${server.url}/api/calendars/guess-${guess}`)),
    );
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([404]));
    // They keep no calendar of the same address out.
    const { url: last } = (await server.post(`/api/schedules/${id}/feed`, {}, as(boss))).read(Feed);
    expect((await fetch(server.url + new URL(last).pathname)).status).toBe(200);
  });

  it("are read by the token of their own calendar alone, which shows names and layers of that schedule and nothing more", async () => {
    const mine = await aSchedule({
      layers: [{ ...LAYER, people: ["north-1"] }],
      fallback: { user_id: "north-boss" },
    });
    const other = await aSchedule({
      name: "Cardiology",
      layers: [{ ...LAYER, name: "Rota", people: ["north-2"] }],
    });
    const south = (
      await create(hospital.people.southBoss, {
        ...{ territory_id: "south", layers: [{ ...LAYER, name: "Far", people: ["south-1"] }] },
      })
    ).read(Schedule).schedule_id;
    const address = async (id: string, by = boss): Promise<string> => {
      const { url } = (await server.post(`/api/schedules/${id}/feed`, {}, as(by))).read(Feed);
      return server.url + new URL(url).pathname;
    };
    const [first, second, third] = [
      await address(mine),
      await address(other),
      await address(south, hospital.people.southBoss),
    ];
    const lines = async (url: string): Promise<string[]> => {
      const read = await fetch(url);
      expect(read.status).toBe(200);
      return (await read.text())
        .replaceAll("\r\n ", "")
        .split("\r\n")
        .filter((line) => line !== "");
    };
    const said = async (url: string, what: string) =>
      new Set(
        (await lines(url)).flatMap((line) =>
          line.startsWith(`${what}:`) ? [line.slice(what.length + 1)] : [],
        ),
      );
    for (const [url, name, who, layer] of [
      [first, "Nephrology", "north-1", "Days"],
      [second, "Cardiology", "north-2", "Rota"],
      [third, "Nephrology", "south-1", "Far"],
    ] as const) {
      expect([
        ...(await said(url, "NAME")),
        ...(await said(url, "SUMMARY")),
        ...(await said(url, "DESCRIPTION")),
      ]).toEqual([...[name, who, layer]]);
      // No address of anybody, nor what else a calendar might say of its people.
      const fields = new Set((await lines(url)).map((line) => line.split(/[:;]/, 1)[0]));
      for (const field of ["ATTENDEE", "ORGANIZER", "CONTACT", "URL", "COMMENT"])
        expect(fields).not.toContain(field);
      expect((await lines(url)).join()).not.toContain("@");
    }
    // No token but its own: not the schedule's id, nor another's MAC, nor a part of the token, nor one of another kind.
    const token = (url: string): string => url.split("/").at(-1) ?? "";
    const [random, mac] = token(first).split(".");
    const hash = createHash("sha256").update(token(first));
    for (const wrong of [
      mine,
      random,
      `${random}.${token(second).split(".")[1]}`,
      `${token(second).split(".")[0]}.${mac}`,
      `${token(first)}.`,
      token(first).toUpperCase(),
      hash.digest("hex"),
      "%00",
    ])
      expect((await fetch(`${server.url}/api/calendars/${wrong}`)).status, wrong).toBe(404);
    // Ending one ends no other, and a schedule takes its own with it.
    expect((await server.delete(`/api/schedules/${mine}/feed`, as(boss))).status).toBe(204);
    expect((await server.delete(`/api/schedules/${south}`, as(hospital.people.southBoss))).status).toBe(204);
    const states = await Promise.all([first, second, third].map(async (url) => (await fetch(url)).status));
    expect(states).toEqual([404, 200, 404]);
  });

  it("are made one calendar after the other, so that reading many at once holds up nothing else", async () => {
    const hours = Array.from({ length: 24 }, (_, hour) => hour).join();
    const addresses: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const id = await aSchedule({ layers: [{ ...LAYER, rule: `FREQ=DAILY;BYHOUR=${hours}` }] });
      const { url } = (await server.post(`/api/schedules/${id}/feed`, {}, as(boss))).read(Feed);
      addresses.push(server.url + new URL(url).pathname);
    }
    const readAll = (paths: string[]): Promise<Response[]> => Promise.all(paths.map((path) => fetch(path)));
    // One address takes one place, however often it is read.
    const [first = ""] = addresses;
    const ofOne = await readAll(Array.from({ length: 15 }, () => first));
    expect(new Set(ofOne.map(({ status }) => status))).toEqual(new Set([200]));
    const ofAll = await readAll(addresses);
    expect(new Set(ofAll.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(ofAll.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("1");
    expect((await fetch(first)).status).toBe(200);
  });
});

describe("an override", () => {
  const over = (id: string, body: object, person = boss): Promise<Answer> =>
    server.post(`/api/schedules/${id}/overrides`, body, as(person));
  const soon = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

  it("takes a while, and gives it back", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const other = turn() === "north-1" ? "north-2" : "north-1";
    const made = await over(id, { user_id: other, starts_at: soon(-1), ends_at: soon(1) });
    const { override_id, person } = made.read(Override);
    expect(person.user_id).toBe(other);
    expect((await who(role))?.person?.user_id).toBe(other);
    expect((await server.delete(`/api/schedules/${id}/overrides/${override_id}`, as(boss))).status).toBe(204);
    expect((await who(role))?.person?.user_id).toBe(turn());
    expect((await server.delete(`/api/schedules/${id}/overrides/${override_id}`, as(boss))).status).toBe(404);
  });

  it("counts before one that was given earlier, as long as both last", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    for (const [user_id, begins, ends] of [
      ["north-1", -2, 3],
      ["north-boss", -1, 1],
      ["north-2", 2, 4],
    ] as const)
      expect((await over(id, { user_id, starts_at: soon(begins), ends_at: soon(ends) })).status).toBe(201);
    const later = await Promise.all([1.5, 2.5, 3.5].map(async (hours) => who(role, soon(hours))));
    expect((await who(role))?.person?.user_id).toBe("north-boss");
    expect(later.map((one) => one?.person?.user_id)).toEqual(["north-1", "north-2", "north-2"]);
  });

  it("tells whom it puts on call, once of many, and nobody of what they take themself", async () => {
    const id = await aSchedule({ layers: [{ ...LAYER, rule: "FREQ=WEEKLY;INTERVAL=53" }] });
    const told = (): Promise<Record<string, unknown>[]> =>
      hospital.asOwner(
        `SELECT user_id, count(*)::int AS times FROM sends WHERE service_id = '0d1e0000-0000-4000-8000-000000000001'
         GROUP BY user_id ORDER BY user_id`,
      );
    const owner = await hospital.owner("sends");
    await owner.query("DELETE FROM sends WHERE service_id = '0d1e0000-0000-4000-8000-000000000001'");
    const give = (to: string, hour: number, by: TestPerson) =>
      over(id, { user_id: to, starts_at: soon(hour), ends_at: soon(hour + 0.5) }, by);
    expect((await give("north-1", 1, north1)).status).toBe(201);
    expect(await told()).toEqual([]);
    for (const hour of [2, 3]) expect((await give("north-2", hour, north1)).status).toBe(201);
    // The hour may change in between.
    const [taker, ...others] = await told();
    expect([taker?.["user_id"], others]).toEqual(["north-2", []]);
    expect(Number(taker?.["times"])).toBeLessThanOrEqual(2);
    expect((await give("north-1", 4, boss)).status).toBe(201);
    expect((await told()).map(({ user_id }) => user_id)).toEqual(["north-1", "north-2"]);
  });

  it("gives away what is to come, and not all places that a schedule has", async () => {
    const id = await aSchedule({ layers: [{ ...LAYER, rule: "FREQ=WEEKLY;INTERVAL=53" }] });
    expect(
      await over(id, { user_id: "north-2", starts_at: soon(-1), ends_at: soon(1) }, north1),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/starts_at" }] },
    });
    expect((await over(id, { user_id: "north-2", starts_at: soon(-30), ends_at: soon(1) })).status).toBe(422);
    const give = (hour: number): Promise<Answer> =>
      over(id, { user_id: "north-1", starts_at: soon(hour), ends_at: soon(hour + 0.5) }, north1);
    for (let hour = 1; hour <= 50; hour++) expect((await give(hour)).status).toBe(201);
    expect((await give(51)).status).toBe(409);
    expect((await over(id, { user_id: "north-2", starts_at: soon(52), ends_at: soon(53) })).status).toBe(201);
  });

  it("is refused where two months have 2,000 already, that are over by now, so that no look at it has more to show", async () => {
    const id = await aSchedule();
    const owner = await hospital.owner("schedule_overrides");
    await owner.query(
      `INSERT INTO schedule_overrides (id, schedule_id, territory_id, user_id, author_id, starts_at, ends_at)
       SELECT gen_random_uuid(), $1, 'north', 'north-2', $2, now() - make_interval(mins => n), now() - make_interval(mins => n - 1)
       FROM generate_series(2, 2001) AS n`,
      [id, boss.id],
    );
    const give = () => over(id, { user_id: "north-2", starts_at: soon(1), ends_at: soon(2) });
    expect((await give()).status).toBe(409);
    const long = "now() - interval '63 days'";
    await owner.query(
      `UPDATE schedule_overrides SET starts_at = ${long}, ends_at = ${long} + interval '1 minute'
       WHERE id IN (SELECT id FROM schedule_overrides WHERE schedule_id = $1 LIMIT 1)`,
      [id],
    );
    expect((await give()).status).toBe(201);
  });

  it("is for supervisors, and for those whose turn it is", async () => {
    const id = await aSchedule({ layers: [{ ...LAYER, rule: "FREQ=WEEKLY;INTERVAL=53" }] });
    const mine = { user_id: "north-2", starts_at: soon(1), ends_at: soon(2) };
    expect((await over(id, mine, north2)).status).toBe(403);
    expect((await over(id, mine, north1)).status).toBe(201);
    expect((await over(id, mine, hospital.people.south1)).status).toBe(404);
    expect(await over(id, { ...mine, user_id: "south-1" })).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/user_id" }] },
    });
    for (const more of [
      { ends_at: mine.starts_at },
      { ends_at: soon(63 * 24) },
      { starts_at: soon(400 * 24), ends_at: soon(400 * 24 + 1) },
    ])
      expect((await over(id, { ...mine, ...more })).status).toBe(422);
  });
});
