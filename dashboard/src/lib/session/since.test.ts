import { expect, test } from "vitest";
import { forWords, readSince } from "./since.ts";

const MINUTE = 60_000;

test("says for how long", () => {
  expect([0, 1, 12, 61, 125].map((minutes) => forWords(minutes * MINUTE))).toEqual([
    "",
    ", for 1 minute",
    ", for 12 minutes",
    ", for 1 hour and 1 min",
    ", for 2 hours and 5 min",
  ]);
});

test("believes no moment that a page can't have been left at", () => {
  const now = Date.parse("2026-02-03T10:00:00Z");
  expect(readSince("2026-02-03T09:00:00.000Z", now)).toBe("2026-02-03T09:00:00.000Z");
  for (const none of [null, "", "soon", "2026-02-03T12:00:00Z", "2020-01-01T00:00:00Z"])
    expect(readSince(none, now)).toBeNull();
});
