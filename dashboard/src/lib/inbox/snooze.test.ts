import { expect, test } from "vitest";
import { isSnoozed } from "./feed.ts";
import { notification } from "./fixture.ts";
import { localTime, snoozeChoices, snoozeFault } from "./snooze.ts";

const names = (now: Date) => snoozeChoices(now).map(({ name }) => name);

test("offers the evening while it is some way off, else the next morning", () => {
  const noon = new Date(2026, 4, 4, 12, 0);
  expect(names(noon)).toEqual(["15 minutes", "1 hour", "This evening, 18:00"]);
  expect(snoozeChoices(noon).map(({ until }) => (until.getTime() - noon.getTime()) / 60_000)).toEqual([
    15, 60, 360,
  ]);
  const late = new Date(2026, 4, 31, 23, 0);
  expect(snoozeChoices(late)[2]).toEqual({
    name: "Tomorrow morning, 07:00",
    until: new Date(2026, 5, 1, 7, 0),
  });
  expect(names(new Date(2026, 4, 4, 17, 0))[2]).toMatch(/^Tomorrow/);
});

test("takes for snoozed what still waits, until its time", () => {
  const at = "2026-05-04T10:00:00.000Z";
  const before = Date.parse(at) - 1;
  expect(isSnoozed(notification({ snoozed_until: at }), before)).toBe(true);
  expect(isSnoozed(notification({ snoozed_until: at }), Date.parse(at))).toBe(false);
  expect(isSnoozed(notification({ snoozed_until: at, status: "acknowledged" }), before)).toBe(false);
  expect(isSnoozed(notification(), before)).toBe(false);
});

test("takes any time of the coming seven days, and says what is wrong with another", () => {
  const now = new Date(2026, 4, 4, 12, 0);
  expect(localTime(new Date(2026, 4, 5, 7, 5))).toBe("2026-05-05T07:05");
  expect(snoozeFault("2026-05-05T07:05", now)).toBe(null);
  expect(snoozeFault("", now)).toBe("Choose a day and a time.");
  expect(snoozeFault("2026-05-04T11:59", now)).toBe("It has to be later than now.");
  expect(snoozeFault("2026-05-12T12:00", now)).toBe("Seven days at most.");
});
