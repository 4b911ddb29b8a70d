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
