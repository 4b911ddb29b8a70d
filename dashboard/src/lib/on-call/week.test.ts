import fc from "fast-check";
import { expect, test } from "vitest";
import {
  boundsOf,
  daysLater,
  meantWords,
  mondayOf,
  momentAt,
  momentOf,
  momentWords,
  placeOf,
  wallOf,
  weekFrom,
} from "./week.ts";

const ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"];

test("reads a zone's clock back to a moment at which it shows that time", () => {
  const moment = fc.date({ min: new Date("2024-01-01"), max: new Date("2030-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(moment, fc.constantFrom(...ZONES), (at, zone) => {
      const wall = wallOf(at, zone);
      const back = momentOf(wall, zone);
      expect(back && wallOf(back, zone)).toBe(wall);
    }),
  );
  for (const none of ["", "0001-01-01T00:00", "soon"]) expect(momentOf(none, "UTC")).toBeNull();
});

test("reads a moment back as itself, also where its time comes twice, and says which is meant", () => {
  // The hours around each night in which a clock goes back.
  const nights = [
    ["America/New_York", "2026-11-01T06:00Z"],
    ["Europe/London", "2026-10-25T01:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ] as const;
  const minutes = fc.integer({ min: -180, max: 180 });
  fc.assert(
    fc.property(fc.constantFrom(...nights), minutes, ([zone, change], minute) => {
      const at = new Date(Date.parse(change) + minute * 60_000);
      expect(momentOf(wallOf(at, zone), zone, at)).toEqual(at);
    }),
  );
  const ZONE = "America/New_York";
  const [first, second] = ["2026-11-01T05:30Z", "2026-11-01T06:30Z"].map((at) => new Date(at));
  expect([momentOf("2026-11-01T01:30", ZONE), momentOf("2026-11-01T01:30", ZONE, second)]).toEqual([
    first,
    second,
  ]);
  expect([first, second].map((at) => at && momentWords(at, ZONE, "en-US"))).toEqual([
    "Sun, Nov 1, 01:30 AM EDT",
    "Sun, Nov 1, 01:30 AM EST",
  ]);
  expect(momentWords(new Date("2026-11-01T07:30Z"), ZONE, "en-US")).toBe("Sun, Nov 1, 02:30 AM");
  const meant = (wall: string) => meantWords(wall, momentOf(wall, ZONE, second), ZONE, "en-US");
  expect(["2026-11-01T01:30", "2026-11-01T02:30", "2026-03-08T02:30", ""].map(meant)).toEqual([
    "Sun, Nov 1, 01:30 AM EST",
    undefined,
    "Sun, Mar 8, 03:30 AM",
    undefined,
  ]);
});

test("begins a day whose midnight is skipped when the clock goes forward, and one whose midnight comes twice at the first", () => {
  const [skipped] = boundsOf("2026-09-06", "America/Santiago");
  expect(skipped).toEqual(new Date("2026-09-06T04:00Z"));
  const [twice] = boundsOf("2026-11-01", "America/Havana");
  expect(twice).toEqual(new Date("2026-11-01T04:00Z"));
});

test("has weeks whose days are as long as their zone's are, on both nights on which clocks change", () => {
  const hours = (monday: string): number[] => {
    const bounds = boundsOf(monday, "America/New_York").map((at) => at.getTime());
    return bounds.slice(1).map((at, day) => (at - (bounds[day] ?? 0)) / 3_600_000);
  };
  expect(hours("2026-03-02")).toEqual([24, 24, 24, 24, 24, 24, 23]);
  expect(hours("2026-10-26")).toEqual([24, 24, 24, 24, 24, 24, 25]);
});

test("finds the Monday of a day, and no week in what names none", () => {
  expect(mondayOf(new Date("2026-11-30T03:00Z"), "America/New_York")).toBe("2026-11-23");
  expect(mondayOf(new Date("2026-11-30T06:00Z"), "America/New_York")).toBe("2026-11-30");
  expect(["2026-11-29", "2026-11-23", "2026-02-31", "soon", null].map(weekFrom)).toEqual([
    "2026-11-23",
    "2026-11-23",
    "2026-03-02",
    null,
    null,
  ]);
  expect(daysLater("2026-12-28", 7)).toBe("2027-01-04");
});

test("places a while within a week, cut at its ends, and finds the moment at a place", () => {
  const bounds = boundsOf("2026-11-23", "UTC");
  const day = 100 / 7;
  const at = (iso: string): Date => new Date(iso);
  expect(placeOf(at("2026-11-24T00:00Z"), at("2026-11-25T12:00Z"), bounds)).toEqual({
    left: day,
    width: expect.closeTo(1.5 * day, 6),
  });
  expect(placeOf(at("2026-01-01T00:00Z"), at("2027-01-01T00:00Z"), bounds)).toEqual({ left: 0, width: 100 });
  expect(momentAt(1 / 7 + 0.0001, bounds)).toEqual(at("2026-11-24T00:00Z"));
  expect(momentAt(9, bounds)).toEqual(at("2026-11-30T00:00Z"));
});
