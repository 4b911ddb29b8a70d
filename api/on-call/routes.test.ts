import { createHash } from "node:crypto";
import { DateTime } from "luxon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, aSend, type TestPerson } from "../../testing/nouns.ts";
import { actAs } from "../../store/db/knex.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { Feed, OnCallAnswer, Override, Role, RoleList, Schedule, ScheduleList, Shifts } from "./schema.ts";

const ZONE = "America/New_York";
const DAY = 86_400_000;

let hospital: Hospital;
let server: TestServer;
let boss: TestPerson;
let north1: TestPerson;
let north2: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ northBoss: boss, north1, north2 } = hospital.people);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

/** north-1 and north-2 take turns by the day, from a day long ago. */
const LAYER = {
  name: "Days",
  people: ["north-1", "north-2"],
  starts: "2026-01-05T08:00",
  rule: "FREQ=DAILY",
};
const create = (who = boss, more: object = {}): Promise<Answer> =>
  server.post(
    "/api/schedules",
    { territory_id: "north", name: "Nephrology", zone: ZONE, layers: [LAYER], ...more },
    as(who),
  );
const aSchedule = async (more: object = {}): Promise<string> =>
  (await create(boss, more)).read(Schedule).schedule_id;
let roles = 0;
const aRole = async (schedule_id: string): Promise<string> => {
  const role = `nephrology-${++roles}`;
  const made = await server.post(
    "/api/roles",
    { territory_id: "north", role, name: "Nephrology on call", schedule_id },
    as(boss),
  );
  expect(made.status).toBe(201);
  return role;
};
/** Nobody has a turn before this starts. */
const LATER = { ...LAYER, starts: "2090-01-01T08:00" };
const who = async (role: string, at?: string, person = north1) => {
  const query = at === undefined ? "" : `&at=${encodeURIComponent(at)}`;
  const answer = await server.get(`/api/on-call?territory=north&role=${role}${query}`, as(person));
  return answer.read(OnCallAnswer).on_call[0];
};
/** Whose turn it is by LAYER. */
const turn = (at = new Date()): string => {
  const days = DateTime.fromJSDate(at, { zone: ZONE })
    .minus({ hours: 8 })
    .startOf("day")
    .diff(DateTime.fromISO("2026-01-05", { zone: ZONE }), "days").days;
  return ["north-1", "north-2"][Math.round(days) % 2] ?? "";
};
const send = (body: object) =>
  server.post(
    "/api/notifications/send",
    { ...aSend({ user_id: "north-1", territory_id: "north" }), user_id: undefined, ...body },
    as(hospital.services.north),
  );
const Sent = z.object({ notification_id: z.string() });
const sendRow = async (answer: Answer) => {
  const { notification_id } = answer.read(Sent);
  return await hospital.asOwner("SELECT user_id, on_call_role FROM sends WHERE id = $1", notification_id);
};
/** What the record says of an act on a notification. */
const recordOf = async (id: string, action: string): Promise<unknown> => {
  const record = "SELECT payload FROM audit_events WHERE object_id = $1 AND action = $2";
  const [event] = await hospital.asOwner(record, id, action);
  return event?.["payload"];
};

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

describe("a send to an on-call role", () => {
  it("goes to whoever has it, at its time, and the record names both", async () => {
    const role = await aRole(await aSchedule());
    const now = await send({ to: { role } });
    expect(now.status).toBe(202);
    expect(await sendRow(now)).toEqual([{ user_id: turn(), on_call_role: role }]);
    const onRecord = await recordOf(now.read(Sent).notification_id, "notification.send");
    expect(onRecord).toMatchObject({ user_id: turn(), on_call_role: role });
    expect(onRecord).not.toHaveProperty("gap");
    const tomorrow = new Date(Date.now() + DAY);
    const then = await send({ to: { role }, send_at: tomorrow.toISOString() });
    expect(await sendRow(then)).toEqual([{ user_id: turn(tomorrow), on_call_role: role }]);
  });

  it("goes to the fallback in a gap, also where that is another role, and says so on record and when asked", async () => {
    const person = await aRole(await aSchedule({ layers: [LATER], fallback: { user_id: "north-boss" } }));
    const sent = await send({ to: { role: person } });
    expect(await sendRow(sent)).toMatchObject([{ user_id: "north-boss" }]);
    const onRecord = await recordOf(sent.read(Sent).notification_id, "notification.send");
    expect(onRecord).toMatchObject({ on_call_role: person, user_id: "north-boss", gap: true });
    expect(await who(person)).toMatchObject({ gap: true, person: { user_id: "north-boss" } });
    const role = await aRole(await aSchedule({ layers: [LATER], fallback: { role: person } }));
    expect(await sendRow(await send({ to: { role } }))).toMatchObject([{ user_id: "north-boss" }]);
    // A gap would find nobody, were the role gone.
    const listed = (await server.get("/api/roles?territory=north&limit=100", as(boss))).read(RoleList);
    const { role_id } = listed.roles.find((one) => one.role === person) ?? { role_id: "" };
    expect((await server.delete(`/api/roles/${role_id}`, as(boss))).status).toBe(409);
  });

  it("is refused where nobody can be reached, but its repeat is answered as before", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const key = { "Idempotency-Key": `on-call-${role}` };
    const body = { ...aSend({ user_id: "", territory_id: "north" }), user_id: undefined, to: { role } };
    const post = () => server.post("/api/notifications/send", body, as(hospital.services.north), key);
    const first = await post();
    expect(first.status).toBe(202);
    await server.patch(`/api/schedules/${id}`, { layers: [LATER] }, as(boss));
    expect(await send({ to: { role } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/to/role" }] },
    });
    expect((await post()).body).toEqual(first.body);
  });

  it("names one role of that territory and nothing else, or is refused for just that", async () => {
    const role = await aRole(await aSchedule());
    const far = await create(hospital.people.southBoss, {
      ...{ territory_id: "south", layers: [{ ...LAYER, people: ["south-1"] }] },
    });
    const { schedule_id } = far.read(Schedule);
    const body = { territory_id: "south", role: "far-away", name: "Far away", schedule_id };
    expect((await server.post("/api/roles", body, as(hospital.people.southBoss))).status).toBe(201);
    const refusal = async (more: object) => {
      const { status, body: problem } = await send(more);
      return [status, problem];
    };
    const faults = (...errors: object[]) => [422, expect.objectContaining({ errors })];
    const unknown = { path: "/to/role", message: "is not an on-call role of that territory" };
    /** What it says is about `to`, or a field of it. */
    const misshapen = [
      422,
      expect.objectContaining({
        errors: expect.arrayContaining([
          { path: expect.stringMatching(/^\/to\b/), message: expect.any(String) },
        ]),
      }),
    ];
    const unknownField = (path: string) =>
      faults({ path, message: expect.stringContaining("not known here") });
    for (const [more, refused] of [
      [{}, faults({ path: "/user_id", message: "give either user_id or to" })],
      [
        { user_id: "north-1", to: { role } },
        faults({ path: "/user_id", message: "give either user_id or to" }),
      ],
      // Another territory's role says no more than one that is none.
      [{ to: { role: "far-away" } }, faults(unknown)],
      [{ to: { role: "none-such" } }, faults(unknown)],
      [
        { to: { role: "Nephrology" } },
        faults({ path: "/to/role", message: expect.stringContaining("lower-case") }),
      ],
      [{ to: { role, user_id: "north-1" } }, unknownField("/to/user_id")],
      [{ to: { role, topic: "rapid-response" } }, misshapen],
      [{ to: { rol: role } }, misshapen],
      [{ to: {} }, misshapen],
      [{ to: role }, misshapen],
      [{ to: null }, misshapen],
      [{ to: [{ role }] }, misshapen],
    ] as const)
      expect(await refusal(more), JSON.stringify(more)).toEqual(refused);
    // Who may not send there learns nothing of its roles.
    expect((await send({ territory_id: "south", to: { role: "far-away" } })).status).toBe(403);
    expect((await send({ territory_id: "south", to: { role: "none-such" } })).status).toBe(403);
    expect(await sendRow(await send({ to: { role } }))).toMatchObject([{ on_call_role: role }]);
  });

  it("takes a disabled person's turn for a gap", async () => {
    const { id: userId } = await aPerson(hospital, { id: "north-leaver", territory: "north" });
    const layers = [{ ...LAYER, people: [userId] }];
    const role = await aRole(await aSchedule({ layers, fallback: { user_id: "north-2" } }));
    expect(await who(role)).toMatchObject({ gap: false, person: { user_id: userId } });
    await server.delete(`/api/users/${userId}`, as(hospital.people.admin));
    expect(await who(role)).toMatchObject({ gap: true, person: { user_id: "north-2" } });
  });
});

describe("a step to an on-call role", () => {
  it("tells whoever has it at that moment, and names role and person", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const rules = { steps: [{ after_seconds: 1, to: { role } }], repeat: 0, acknowledgers: 1 };
    const policy = await server.post(
      "/api/escalation-policies",
      { territory_id: "north", name: role, rules },
      as(boss),
    );
    expect(policy.status).toBe(201);
    const { policy_id } = policy.read(z.object({ policy_id: z.string() }));
    const alert = await hospital.notify("north-boss", {
      priority: "critical",
      escalation_policy_id: policy_id,
    });
    await actAs(hospital.knex, `worker:${alert}`, (trx) =>
      trx("notifications").where({ id: alert }).update({ next_step_at: new Date() }),
    );
    await hospital.escalate(alert);
    const copies = await hospital.asOwner(
      "SELECT user_id FROM notifications WHERE escalated_from = $1",
      alert,
    );
    expect(copies).toEqual([{ user_id: turn() }]);
    const { roles: named } = (await server.get("/api/roles?territory=north", as(boss))).read(
      z.object({ roles: z.array(Role) }),
    );
    const asked = named.find((one) => one.role === role);
    expect((await server.delete(`/api/roles/${asked?.role_id}`, as(boss))).status).toBe(409);
    const taken = await recordOf(alert, "notification.escalate");
    expect(taken).toMatchObject({ to: "on_call", role, user_id: turn(), people: 1 });
    expect(taken).not.toHaveProperty("gap");

    // By the next time it is due nobody has their turn.
    const gap = { layers: [LATER], fallback: { user_id: "north-2" } };
    expect((await server.patch(`/api/schedules/${id}`, gap, as(boss))).status).toBe(200);
    const other = await hospital.notify("north-boss", {
      priority: "critical",
      escalation_policy_id: policy_id,
    });
    await actAs(hospital.knex, `worker:${other}`, (trx) =>
      trx("notifications").where({ id: other }).update({ next_step_at: new Date() }),
    );
    await hospital.escalate(other);
    const toFallback = await recordOf(other, "notification.escalate");
    expect(toFallback).toMatchObject({ to: "on_call", role, user_id: "north-2", gap: true });
  });
});

describe("on-call roles", () => {
  it("ask five at most for one, and a territory has 200", async () => {
    const chain: string[] = [];
    for (let count = 0; count < 6; count++) {
      const before = chain.at(-1);
      const fallback = before === undefined ? { user_id: "north-boss" } : { role: before };
      chain.push(await aRole(await aSchedule({ layers: [LATER], fallback })));
    }
    expect((await who(chain[4] ?? ""))?.person?.user_id).toBe("north-boss");
    expect((await who(chain[5] ?? ""))?.person).toBeNull();

    const { southBoss } = hospital.people;
    const layers = [{ ...LAYER, people: ["south-1"] }];
    const made = await create(southBoss, { territory_id: "south", layers });
    const { schedule_id } = made.read(Schedule);
    const role = (name: string): Promise<Answer> =>
      server.post("/api/roles", { territory_id: "south", role: name, name, schedule_id }, as(southBoss));
    const owner = await hospital.owner("on_call_roles", "schedules");
    await owner.query(
      `INSERT INTO on_call_roles (id, territory_id, role, name, schedule_id)
       SELECT gen_random_uuid(), 'south', 'role-' || n, 'Role', $1
       FROM generate_series(1, 199 - (SELECT count(*) FROM on_call_roles WHERE territory_id = 'south')) AS n`,
      [schedule_id],
    );
    expect((await role("the-last")).status).toBe(201);
    expect((await role("one-more")).status).toBe(409);
    await owner.query(
      `INSERT INTO schedules (id, territory_id, name, zone, layers)
       SELECT gen_random_uuid(), territory_id, name, zone, layers FROM schedules, generate_series(1, 199) WHERE id = $1`,
      [schedule_id],
    );
    expect((await create(southBoss, { territory_id: "south", layers })).status).toBe(409);
  });

  it("have one name each in a territory", async () => {
    const id = await aSchedule();
    const role = await aRole(id);
    const body = { territory_id: "north", role, name: "Again", schedule_id: id };
    expect((await server.post("/api/roles", body, as(boss))).status).toBe(409);
    for (const name of ["clinician", "Two Words", "x--y"])
      expect((await server.post("/api/roles", { ...body, role: name }, as(boss))).status, name).toBe(422);
    const code = { system: "https://codes.example", code: "17\u200b3" };
    expect(await server.post("/api/roles", { ...body, role: "coded", code }, as(boss))).toMatchObject({
      status: 422,
      body: { errors: [{ path: "/code/code" }] },
    });
    const south = await server.post(
      "/api/roles",
      { ...body, territory_id: "south" },
      as(hospital.people.southBoss),
    );
    expect(south).toMatchObject({ status: 422, body: { errors: [{ path: "/schedule_id" }] } });
    const { roles: listed } = (await server.get("/api/roles?territory=north", as(north1))).read(
      z.object({ roles: z.array(Role), next: z.string().nullable() }),
    );
    const own = listed.find((one) => one.role === role);
    expect((await server.delete(`/api/roles/${own?.role_id}`, as(north1))).status).toBe(403);
    expect((await server.delete(`/api/roles/${own?.role_id}`, as(boss))).status).toBe(204);
    expect((await send({ to: { role } })).status).toBe(422);
  });
});
