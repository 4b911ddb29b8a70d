import { expect, it } from "vitest";
import { createSteadiness } from "./steadiness.ts";

it("calls a service unsteady once it went away twice within a minute, and for no longer than that", () => {
  const { note, timesAway } = createSteadiness();
  const looks: [number, boolean][] = [
    [0, true],
    [3_000, false],
    [6_000, false],
    [9_000, true],
  ];
  for (const [at, answers] of looks) note("redis", answers, at);
  expect(timesAway("redis", 10_000)).toBe(0);
  note("redis", false, 12_000);
  note("redis", true, 15_000);
  expect(timesAway("redis", 15_000)).toBe(2);
  expect(timesAway("postgres", 15_000)).toBe(0);
  note("redis", false, 18_000);
  expect(timesAway("redis", 62_000)).toBe(3);
  expect(timesAway("redis", 63_001)).toBe(2);
  expect(timesAway("redis", 72_001)).toBe(0);
});

it("calls a service that is away throughout no more than away", () => {
  const { note, timesAway } = createSteadiness();
  for (let at = 0; at < 60_000; at += 3_000) note("temporal", false, at);
  expect(timesAway("temporal", 60_000)).toBe(0);
});
