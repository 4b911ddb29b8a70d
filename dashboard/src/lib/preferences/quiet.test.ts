import { expect, test } from "vitest";
import { daysFrom, daysTo, dayWords, lengthOf, quietFault, quietWords, timeZones } from "./quiet.ts";

test("measures quiet hours across midnight", () => {
  expect(lengthOf({ start: "22:00", end: "07:00" })).toBe(540);
  expect(lengthOf({ start: "12:15", end: "13:00" })).toBe(45);
  expect(quietWords({ start: "22:00", end: "07:30" })).toBe("from 22:00 to 07:30 the next day (9 h 30 min)");
  expect(quietWords({ start: "12:15", end: "13:00" })).toBe("from 12:15 to 13:00 (45 min)");
});

test("finds what is wrong with them", () => {
  expect(quietFault({ start: "22:00", end: "07:00" })).toBeNull();
  expect(quietFault({ start: "", end: "07:00" })).toMatch(/both times/);
  expect(quietFault({ start: "24:00", end: "07:00" })).toMatch(/both times/);
  expect(quietFault({ start: "07:00", end: "07:00" })).toMatch(/another time/);
});

test("offers the chosen time zone, also one that the browser does not list", () => {
  expect(timeZones("Etc/Chosen")).toEqual(expect.arrayContaining(["Etc/Chosen", "Europe/Berlin", "UTC"]));
});

test("edits weekdays, and leaves those alone that are as every day is", () => {
  const every = { start: "22:00", end: "07:00" };
  const saved = { FR: null, SA: { start: "00:00", end: "24:00" }, SU: { start: "20:00", end: "09:00" } };
  const days = daysFrom(saved, every);
  expect(days.map(({ choice }) => choice)).toEqual(["same", "same", "same", "same", "none", "all", "own"]);
  expect(daysTo(days)).toEqual(saved);
  expect(daysTo(daysFrom({}, every))).toEqual({});
  expect(dayWords(days)).toBe(
    "Friday none, Saturday all day, Sunday from 20:00 to 09:00 the next day (13 h)",
  );
});
