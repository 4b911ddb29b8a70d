import { expect, test } from "vitest";
import { clockTime, exactClock, fullTime, shortTime, timeOfDay } from "./time.ts";

const now = Date.parse("2026-05-04T12:00:00Z");
const short = (iso: string, timeZone = "UTC") => shortTime(iso, now, "en-GB", timeZone);

test.each([
  ["2026-05-04T11:59:30Z", "just now"],
  ["2026-05-04T12:00:20Z", "just now"],
  ["2026-05-04T11:18:00Z", "42 min ago"],
  ["2026-05-04T09:05:00Z", "today 09:05"],
  ["2026-05-03T23:59:00Z", "yesterday 23:59"],
  ["2026-04-30T08:00:00Z", "30 Apr, 08:00"],
  ["2025-12-31T08:00:00Z", "31 Dec 2025, 08:00"],
])("%s is %s", (iso, words) => {
  expect(short(iso)).toBe(words);
});

test("goes by the reader's calendar and names the zone in full", () => {
  expect(short("2026-05-03T23:30:00Z", "Europe/Berlin")).toBe("today 01:30");
  expect(clockTime("2026-05-04T12:00:00Z", "en-GB", "Europe/Berlin")).toBe("14:00");
  expect(fullTime("2026-05-04T12:00:00Z", "en-GB", "Europe/Berlin")).toMatch(/4 May 2026.*14:00:00 CEST/);
});

test("shows twelve or twenty-four hours as the reader's language does", () => {
  expect(clockTime("2026-05-04T14:02:07Z", "en-US", "UTC")).toMatch(/^02:02\sPM$/);
  expect(clockTime("2026-05-04T14:02:07Z", "en-GB", "UTC")).toBe("14:02");
  expect(exactClock("2026-05-04T14:02:07Z", "es-ES", "UTC")).toBe("14:02:07");
});

test("says the hour alone of what was today", () => {
  expect(timeOfDay("2026-05-04T11:59:30Z", now, "en-GB", "UTC")).toBe("11:59");
  expect(timeOfDay("2026-05-03T23:30:00Z", now, "en-GB", "Europe/Berlin")).toBe("01:30");
  expect(timeOfDay("2026-05-03T08:00:00Z", now, "en-GB", "UTC")).toBe("yesterday 08:00");
});
