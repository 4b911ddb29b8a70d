import { expect, test } from "vitest";
import {
  ageWords,
  countdown,
  durationWords,
  leftWords,
  msWords,
  spanWords,
  untilWords,
} from "./durations.ts";

const MINUTE = 60_000;

test("counts the seconds within the hour, and says when something is due", () => {
  expect([0, -5, 5_000, 245_000, 3_599_000, 125 * MINUTE].map(untilWords)).toEqual([
    "now",
    "now",
    "0:05",
    "4:05",
    "59:59",
    "2 h 05 min",
  ]);
  expect([132_500, 65 * MINUTE, 0, -1].map(countdown)).toEqual(["in 2:13", "in 1 h 05 min", "now", "now"]);
});

test("says how long something goes on, a minute at least", () => {
  expect([11.5 * MINUTE, 125 * MINUTE, 59.5 * MINUTE, -1].map(leftWords)).toEqual([
    "12 min left",
    "2 h 05 min left",
    "1 h 00 min left",
    "1 min left",
  ]);
});

test("says an age as short as it stays clear", () => {
  expect([42_000, 18 * MINUTE, 125 * MINUTE, 72 * 60 * MINUTE, -5].map(ageWords)).toEqual([
    "42 s",
    "18 min",
    "2 h 05 min",
    "3 days",
    "0 s",
  ]);
});

test.each([
  [null, "–"],
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 0 s"],
  [200, "3 min 20 s"],
  [3_599.6, "1 h 0 min"],
  [7_500, "2 h 5 min"],
])("says a span of %s s as %s", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words);
});

test("says what a machine took, and what somebody chose", () => {
  expect([0.2, 999, 1_240].map(msWords)).toEqual(["1 ms", "999 ms", "1.2 s"]);
  expect([86_461, 5_400, 0].map(spanWords)).toEqual([
    "1 day 1 minute 1 second",
    "1 hour 30 minutes",
    "at once",
  ]);
});
