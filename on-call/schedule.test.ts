import fc from "fast-check";
import { DateTime, IANAZone } from "luxon";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { clockOf } from "./clock.ts";
import { faultOfRule, type Layer, personOf, turnsOf } from "./layer.ts";
import { WEEKDAYS } from "./hours.ts";
import { countBefore, handOffsBetween, readRule } from "./rule.ts";
import { CALENDAR, onCallAt, type Schedule, shiftsBetween } from "./schedule.ts";

const ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"];
/** Days around which the clocks of one zone or another change in 2026. */
const NIGHTS = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"];

const at = (zone: string, local: string): Date => DateTime.fromISO(local, { zone }).toJSDate();
const aLayer = (more: Partial<Layer> = {}): Layer => ({
  name: "first",
  people: ["ada", "ben", "cleo"],
  starts: "2026-01-05T08:00",
  rule: "FREQ=WEEKLY;BYDAY=MO",
  hours: [],
  ...more,
});
const aSchedule = (more: Partial<Schedule> = {}): Schedule => ({
  zone: "America/New_York",
  calendar: [],
  layers: [aLayer()],
  overrides: [],
  ...more,
});
const personAt = (schedule: Schedule, local: string): string | null =>
  onCallAt(schedule, at(schedule.zone, local)).person;

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom("00", "15", "30", "45"))
  .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${minute}`);
const drawnLayers = fc.record({
  name: fc.constantFrom("one", "two", "three"),
  people: fc.array(fc.constantFrom("ada", "ben", "cleo", "dora"), { minLength: 1, maxLength: 4 }),
  starts: time.map((hour) => `2026-01-05T${hour}`),
  rule: fc.constantFrom(
    "FREQ=WEEKLY;BYDAY=MO",
    "FREQ=DAILY",
    "FREQ=DAILY;BYHOUR=1,2,14",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=HOURLY",
  ),
  hours: fc.array(
    fc.record({
      days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
      from: time,
      to: time,
    }),
    { maxLength: 2 },
  ),
});
const nights = fc.tuple(fc.constantFrom(...NIGHTS), fc.integer({ min: 0, max: 48 * 60 }));

describe("who is on call", () => {
  it("asks what the zone's clock shows about once a day, however many hours and hand-offs there are", () => {
    const asked = vi.spyOn(IANAZone.prototype, "offset");
    onTestFinished(() => asked.mockRestore());
    const hours = Array.from({ length: 20 }, (_, hour) => {
      const two = String(hour).padStart(2, "0");
      return { days: [...WEEKDAYS], from: `${two}:05`, to: `${two}:55` };
    });
    const layers = Array.from({ length: 10 }, () => aLayer({ rule: "FREQ=HOURLY", hours }));
    const schedule = aSchedule({ layers });
    const from = at(schedule.zone, "2026-02-01T00:00");
    expect(shiftsBetween(schedule, from, new Date(from.getTime() + 62 * 86_400_000)).length).toBeGreaterThan(
      1_000,
    );
    expect(asked.mock.calls.length).toBeLessThan(500);
  });

  it("takes no time that grows with the square of its overrides, over ones too", () => {
    const first = Date.UTC(2026, 0, 5);
    const overrides = Array.from({ length: 40_000 }, (_, n) => {
      const from = first + (40_000 - n) * 60_000;
      return { person: `p-${n % 3}`, from: new Date(from), to: new Date(from + 30_000) };
    });
    const began = performance.now();
    const shifts = shiftsBetween(
      aSchedule({ overrides }),
      new Date(first),
      new Date(first + 62 * 86_400_000),
    );
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(shifts.filter(({ person }) => person?.startsWith("p-"))).toHaveLength(40_000);
  });

  it("changes at the hand-off, by the wall's clock, through both nights in which clocks change", () => {
    for (const zone of ZONES) {
      const schedule = aSchedule({ zone });
      expect(personAt(schedule, "2026-01-05T07:59:59")).toBeNull();
      for (let week = 0; week < 52; week += 1) {
        const monday = DateTime.fromISO("2026-01-05T08:00", { zone }).plus({ weeks: week });
        const people = ["cleo", "ada", "ben", "cleo"];
        expect(onCallAt(schedule, monday.toJSDate()).person).toBe(people[(week % 3) + 1]);
        if (week > 0)
          expect(onCallAt(schedule, monday.minus({ milliseconds: 1 }).toJSDate()).person).toBe(
            people[week % 3],
          );
      }
    }
  });

  it("hands over right after a skipped hour, and once where an hour comes twice", () => {
    const nights = aLayer({ starts: "2026-01-05T02:30", rule: "FREQ=DAILY" });
    const schedule = aSchedule({ layers: [nights] });
    const shifts = (day: string): string[] =>
      shiftsBetween(schedule, at(schedule.zone, `${day}T00:00`), at(schedule.zone, `${day}T12:00`)).map(
        ({ from, person }) => `${from.toISOString()} ${person}`,
      );
    // 02:30 is skipped on 8 March: 03:30 EDT, 07:30 UTC.
    expect(shifts("2026-03-08")[1]).toMatch(/^2026-03-08T07:30/);
    expect(shifts("2026-03-08")).toHaveLength(2);
    // 02:30 comes once on 1 November; 01:30, which comes twice, is taken the first time.
    expect(shifts("2026-11-01")[1]).toMatch(/^2026-11-01T07:30/);
    const twice = aSchedule({ layers: [aLayer({ starts: "2026-01-05T01:30", rule: "FREQ=DAILY" })] });
    const night = shiftsBetween(
      twice,
      at(twice.zone, "2026-11-01T00:00"),
      at(twice.zone, "2026-11-01T12:00"),
    );
    expect(night.map(({ from }) => from.toISOString().slice(11, 16))).toEqual(["04:00", "05:30"]);
  });

  it("is the first layer's that has somebody, and an override's before all", () => {
    const days = aLayer({
      name: "days",
      people: ["dora"],
      hours: [{ days: ["MO", "TU", "WE", "TH", "FR"], from: "08:00", to: "17:00" }],
    });
    const night = aLayer({ name: "nights", people: ["nils"], starts: "2026-01-05T00:00" });
    const schedule = aSchedule({ layers: [days, night] });
    expect(personAt(schedule, "2026-05-04T12:00")).toBe("dora");
    expect(personAt(schedule, "2026-05-04T17:00")).toBe("nils");
    expect(personAt(schedule, "2026-05-09T12:00")).toBe("nils");
    const over = (person: string) => ({
      person,
      from: at(schedule.zone, "2026-05-04T12:00"),
      to: at(schedule.zone, "2026-05-04T13:00"),
    });
    const covered = { ...schedule, overrides: [over("newer"), over("older")] };
    expect(personAt(covered, "2026-05-04T12:59")).toBe("newer");
    expect(personAt(covered, "2026-05-04T13:00")).toBe("dora");
  });

  it("is a calendar's before the layers', an override's before that, and the next layer's where the calendar has nobody", () => {
    const zone = "America/New_York";
    const [from, noon, to] = ["08:00", "12:00", "17:00"].map((time) => at(zone, `2026-05-04T${time}`));
    const turn = { from: Number(from), to: Number(to), person: "cal" };
    const schedule = aSchedule({ zone, calendar: [turn], layers: [aLayer({ people: ["ada"] })] });
    expect(onCallAt(schedule, from ?? new Date())).toEqual({ person: "cal", layer: CALENDAR });
    expect(personAt(schedule, "2026-05-04T07:59:59")).toBe("ada");
    expect(personAt(schedule, "2026-05-04T17:00")).toBe("ada");
    const over = { person: "ben", from: noon ?? new Date(), to: to ?? new Date() };
    expect(personAt({ ...schedule, overrides: [over] }, "2026-05-04T12:00")).toBe("ben");
    const alone = { ...schedule, layers: [], overrides: [over] };
    const day = shiftsBetween(alone, at(zone, "2026-05-04T00:00"), at(zone, "2026-05-05T00:00"));
    expect(day.map(({ person, layer }) => [person, layer])).toEqual([
      [null, null],
      ["cal", CALENDAR],
      ["ben", null],
      [null, null],
    ]);
  });

  it("has hours that go past midnight, and gaps that are said", () => {
    const nights = aLayer({
      people: ["nils"],
      hours: [{ days: ["FR"], from: "20:00", to: "06:00" }],
    });
    const schedule = aSchedule({ layers: [nights] });
    expect(personAt(schedule, "2026-05-09T05:59")).toBe("nils");
    expect(personAt(schedule, "2026-05-09T06:00")).toBeNull();
    const week = shiftsBetween(
      schedule,
      at(schedule.zone, "2026-05-04T00:00"),
      at(schedule.zone, "2026-05-11T00:00"),
    );
    expect(week.map(({ person }) => person)).toEqual([null, "nils", null]);
  });

  it("has one person of a layer at a time, in every zone and night, however its hours overlap", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), drawnLayers, nights, (zone, layer, [day, minute]) => {
        const from = at(zone, `${day}T00:00`).getTime();
        const to = from + 2 * 86_400_000;
        const clock = clockOf(zone, from, to);
        const turns = turnsOf(layer, clock, from, to);
        for (const [index, turn] of turns.entries()) {
          expect(turn.to).toBeGreaterThan(turn.from);
          if (index > 0) expect(turn.from).toBeGreaterThanOrEqual(turns[index - 1]?.to ?? Infinity);
        }
        const moment = from + minute * 60_000;
        const found = turns.find((turn) => turn.from <= moment && moment < turn.to);
        if (moment < to) expect(found?.person ?? null).toBe(personOf(layer, clock, moment));
      }),
      { numRuns: 300 },
    );
  });

  it("covers every moment with one answer, whatever the layers, in every zone and night", () => {
    // Stretches of five hours, three hours or more apart.
    const calendar = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom("cal", "ada")), {
        maxLength: 3,
        selector: ([place]) => place,
      })
      .map((places) =>
        places.sort(([one], [other]) => one - other).map(([place, person]) => ({ place, person })),
      );
    const schedules = fc.record({
      zone: fc.constantFrom(...ZONES),
      calendar: fc.constant([]),
      layers: fc.array(drawnLayers, { minLength: 1, maxLength: 3 }),
      overrides: fc.constant([]),
    });
    // They overlap in every way.
    const given = fc.array(
      fc.record({
        person: fc.constantFrom("ovi", "ben"),
        hour: fc.integer({ min: -5, max: 45 }),
        hours: fc.integer({ min: 1, max: 20 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(schedules, calendar, given, nights, (drawn, places, drawnOverrides, [day, minute]) => {
        const from = at(drawn.zone, `${day}T00:00`);
        const turns = places.map(({ place, person }) => {
          const begins = from.getTime() + place * 8 * 3_600_000;
          return { from: begins, to: begins + 5 * 3_600_000, person };
        });
        const overrides = drawnOverrides.map(({ person, hour, hours }) => {
          const begins = from.getTime() + hour * 3_600_000;
          return { person, from: new Date(begins), to: new Date(begins + hours * 3_600_000) };
        });
        const schedule = { ...drawn, calendar: turns, overrides };
        const to = new Date(from.getTime() + 2 * 86_400_000);
        const shifts = shiftsBetween(schedule, from, to);
        expect(shifts[0]?.from).toEqual(from);
        expect(shifts.at(-1)?.to).toEqual(to);
        for (const [index, shift] of shifts.entries()) {
          expect(shift.to.getTime()).toBeGreaterThan(shift.from.getTime());
          if (index > 0) expect(shift.from).toEqual(shifts[index - 1]?.to);
        }
        const moment = new Date(from.getTime() + minute * 60_000);
        const [found, ...others] = shifts.filter((shift) => shift.from <= moment && moment < shift.to);
        const { person, layer: name } = onCallAt(schedule, moment);
        if (moment < to) expect([found?.person, found?.layer, others]).toEqual([person, name, []]);
      }),
      { numRuns: 200 },
    );
  });
});

it("costs the same however old a layer and however odd a moment is", () => {
  const hourly = aLayer({ starts: "2000-01-01T08:30", rule: "FREQ=HOURLY", people: ["ada", "ben"] });
  const schedule = aSchedule({ zone: "UTC", layers: [hourly] });
  const hours = (Date.UTC(9998, 0, 1, 0, 45) - Date.UTC(2000, 0, 1, 8, 30)) / 3_600_000;
  expect(onCallAt(schedule, new Date("9998-01-01T00:45:00Z")).person).toBe(
    ["ada", "ben"][Math.floor(hours) % 2],
  );
});

it("counts turns as its hand-offs come, whatever the rule", () => {
  const rules = fc.constantFrom(
    "FREQ=HOURLY;INTERVAL=7",
    "FREQ=DAILY;INTERVAL=7",
    "FREQ=DAILY;INTERVAL=3;BYHOUR=7,19",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;BYHOUR=0,12",
    "FREQ=WEEKLY",
  );
  const times = fc.integer({ min: 0, max: 10_000 }).map((hours) => Date.UTC(2026, 0, 1, hours, 20));
  fc.assert(
    fc.property(rules, times, times, (text, start, moment) => {
      const rule = readRule(text, start);
      const all = handOffsBetween(rule, 0, moment);
      expect(countBefore(rule, moment)).toBe(all.length);
      expect(all).toEqual([...new Set(all)].sort((one, other) => one - other));
      for (const at of all) expect(at).toBeGreaterThanOrEqual(start);
    }),
  );
  const start = Date.UTC(2026, 0, 7, 8, 20);
  expect(
    handOffsBetween(
      readRule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", start),
      start,
      start + 21 * 86_400_000,
    ).map((at) => new Date(at).toISOString().slice(0, 16)),
  ).toEqual(["2026-01-09T08:20", "2026-01-20T08:20", "2026-01-23T08:20"]);
});

it.each([
  ["FREQ=WEEKLY;BYDAY=MO", null],
  ["FREQ=DAILY;BYHOUR=7,19", null],
  ["FREQ=HOURLY;INTERVAL=8", null],
  ["every monday", "may hold"],
  ["BYDAY=MO", "needs FREQ"],
  ["FREQ=MINUTELY", "needs FREQ"],
  ["FREQ=YEARLY", "needs FREQ"],
  ["FREQ=DAILY;COUNT=3", "no end"],
  ["FREQ=DAILY;FREQ=DAILY", "once each"],
  ["FREQ=DAILY;UNTIL=20260101T000000Z", "no end"],
  ["FREQ=DAILY;BYMINUTE=0,30", "may hold"],
  ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "may hold"],
  ["FREQ=HOURLY;INTERVAL=24;BYHOUR=5", "BYHOUR with DAILY and WEEKLY"],
  ["FREQ=DAILY;BYHOUR=25", "0 to 23"],
  ["FREQ=HOURLY;INTERVAL=-1", "may hold"],
  ["FREQ=HOURLY;INTERVAL=0", "INTERVAL"],
  ["FREQ=HOURLY;INTERVAL=0.5", "may hold"],
  ["FREQ=DAILY;INTERVAL=367", "INTERVAL"],
  ["FREQ=DAILY;BYDAY=MO", "BYDAY with WEEKLY"],
  ["FREQ=WEEKLY;BYDAY=1MO", "BYDAY"],
])("a rule of hand-offs, %s: %s", (rule, fault) => {
  if (fault === null) expect(faultOfRule(rule)).toBeNull();
  else expect(faultOfRule(rule)).toContain(fault);
});
