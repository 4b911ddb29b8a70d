import { expect, test } from "vitest";
import { nextStep, secondsLeft } from "./watch.ts";

const MINUTE = 60_000;
const ends = { at: 15 * MINUTE, atMost: 720 * MINUTE, idle: 15 * MINUTE };

test("tells the server of activity now and then, and not of idleness", () => {
  expect(nextStep(ends, 1 * MINUTE, 1 * MINUTE, false)).toBe("none");
  expect(nextStep(ends, 4 * MINUTE, 4 * MINUTE, false)).toBe("extend");
  expect(nextStep(ends, 10 * MINUTE, 2 * MINUTE, false)).toBe("none");
});

test("asks the server before it warns", () => {
  expect(nextStep(ends, 14 * MINUTE, 0, false)).toBe("check");
  expect(nextStep(ends, 14 * MINUTE, 0, true)).toBe("warn");
  expect(nextStep(ends, 14 * MINUTE - 1, 0, true)).toBe("none");
});

test("does not take long-gone input for activity", () => {
  expect(nextStep(ends, 14 * MINUTE, 5 * MINUTE, true)).toBe("warn");
});

test("warns of the last end, activity or not", () => {
  const last = { ...ends, atMost: ends.at };
  expect(nextStep(last, 14.5 * MINUTE, 14.5 * MINUTE, true)).toBe("warn");
  expect(secondsLeft(last, 14.5 * MINUTE)).toBe(30);
  expect(secondsLeft(last, 16 * MINUTE)).toBe(0);
});
