import { describe, expect, it } from "vitest";
import { Preferences } from "../../store/people/preferences.ts";
import { quietUntil } from "./quiet.ts";

const until = (now: string, start: string, end: string, time_zone = "UTC"): string | null =>
  quietUntil(new Date(now), Preferences.parse({ quiet_hours: { start, end }, time_zone }))?.toISOString() ??
  null;

describe("quietUntil", () => {
  it("answers null where nobody set quiet hours", () => {
    expect(quietUntil(new Date("2026-01-01T03:00:00Z"), Preferences.parse({}))).toBeNull();
  });

  it.each([
    ["before", "2026-01-10T12:59:59Z", null],
    ["at the start", "2026-01-10T13:00:00Z", "2026-01-10T14:30:00.000Z"],
    ["at the last minute", "2026-01-10T14:29:59Z", "2026-01-10T14:30:00.000Z"],
    ["at the end", "2026-01-10T14:30:00Z", null],
  ])("%s of hours within a day", (_name, now, end) => {
    expect(until(now, "13:00", "14:30")).toBe(end);
  });

  it.each([
    ["in the evening", "2026-01-10T22:00:00Z", "2026-01-11T07:00:00.000Z"],
    ["after midnight", "2026-01-11T06:59:00Z", "2026-01-11T07:00:00.000Z"],
    ["in the day", "2026-01-11T07:00:00Z", null],
  ])("%s, of hours over midnight", (_name, now, end) => {
    expect(until(now, "22:00", "07:00")).toBe(end);
  });

  it("means the person's own clock", () => {
    expect(until("2026-07-01T23:30:00Z", "22:00", "07:00", "America/New_York")).toBeNull();
    expect(until("2026-07-02T02:30:00Z", "22:00", "07:00", "America/New_York")).toBe(
      "2026-07-02T11:00:00.000Z",
    );
  });

  // New York, 2026: clocks go forward on 8 March at 02:00, back on 1 November at 02:00.
  it("ends an hour earlier in the night that loses one", () => {
    expect(until("2026-03-08T04:00:00Z", "22:00", "07:00", "America/New_York")).toBe(
      "2026-03-08T11:00:00.000Z",
    );
    expect(until("2026-03-07T04:00:00Z", "22:00", "07:00", "America/New_York")).toBe(
      "2026-03-07T12:00:00.000Z",
    );
  });

  it("ends an hour later in the night that gains one", () => {
    expect(until("2026-11-01T03:00:00Z", "22:00", "07:00", "America/New_York")).toBe(
      "2026-11-01T12:00:00.000Z",
    );
    expect(until("2026-10-31T03:00:00Z", "22:00", "07:00", "America/New_York")).toBe(
      "2026-10-31T11:00:00.000Z",
    );
  });

  it("ends after the skip when its end is skipped", () => {
    expect(until("2026-03-08T05:00:00Z", "22:00", "02:30", "America/New_York")).toBe(
      "2026-03-08T07:30:00.000Z",
    );
  });

  it("holds through both passes of an hour that comes twice", () => {
    // 01:30 is passed at 05:30Z (summer time) and again at 06:30Z.
    expect(until("2026-11-01T05:30:00Z", "01:00", "03:00", "America/New_York")).toBe(
      "2026-11-01T08:00:00.000Z",
    );
    expect(until("2026-11-01T06:30:00Z", "01:00", "03:00", "America/New_York")).toBe(
      "2026-11-01T08:00:00.000Z",
    );
  });
});

describe("quiet hours by weekday", () => {
  /** Nights of every day, except that Saturday and Sunday are quiet all day, and Friday's not at all. */
  const WEEK = Preferences.parse({
    quiet_hours: { start: "22:00", end: "06:00" },
    quiet_days: { FR: null, SA: { start: "00:00", end: "24:00" }, SU: { start: "00:00", end: "24:00" } },
    time_zone: "Europe/Berlin",
  });
  const on = (now: string): string | null => quietUntil(new Date(now), WEEK)?.toISOString() ?? null;

  // 8 January 2026 is a Thursday; Berlin is an hour ahead of UTC.
  it.each([
    ["in the night that another day begins", "2026-01-08T23:00:00Z", "2026-01-09T05:00:00.000Z"],
    [
      "after midnight of that night, on a day without any",
      "2026-01-09T04:59:00Z",
      "2026-01-09T05:00:00.000Z",
    ],
    ["on the evening of a day without any", "2026-01-09T22:30:00Z", null],
    ["on a day that is quiet as a whole", "2026-01-10T12:00:00Z", "2026-01-10T23:00:00.000Z"],
    ["in the last minute of it", "2026-01-11T22:59:00Z", "2026-01-11T23:00:00.000Z"],
    ["after it", "2026-01-11T23:00:00Z", null],
    ["on a day like every other", "2026-01-12T21:00:00Z", "2026-01-13T05:00:00.000Z"],
  ])("%s", (_name, now, end) => {
    expect(on(now)).toBe(end);
  });

  it("counts the whole of a day that has 23 or 25 hours", () => {
    // Clocks go forward on 29 March 2026, back on 25 October: both are Sundays.
    expect(on("2026-03-29T10:00:00Z")).toBe("2026-03-29T22:00:00.000Z");
    expect(on("2026-10-25T10:00:00Z")).toBe("2026-10-25T23:00:00.000Z");
  });

  it("has the later end where the night of one day runs into the hours of the next", () => {
    const late = Preferences.parse({
      quiet_days: { MO: { start: "22:00", end: "08:00" }, TU: { start: "06:00", end: "10:00" } },
    });
    expect(quietUntil(new Date("2026-01-13T07:00:00Z"), late)?.toISOString()).toBe(
      "2026-01-13T10:00:00.000Z",
    );
  });

  it("takes preferences from before there were any", () => {
    expect(Preferences.parse({ quiet_hours: { start: "22:00", end: "06:00" } }).quiet_days).toEqual({});
  });
});
