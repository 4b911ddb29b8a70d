import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { learnServerTime, serverTime } from "./server-time.ts";

const at = Date.parse("2026-05-04T12:00:00Z");
const date = (ms: number): string => new Date(ms).toUTCString();

beforeEach(() => {
  vi.useFakeTimers({ now: at, toFake: ["Date"] });
  learnServerTime(date(at), at, at);
});
afterEach(() => vi.useRealTimers());

test("is this browser's own where the two agree as far as an answer can tell", () => {
  learnServerTime(date(at - 900), at - 50, at);
  expect(serverTime()).toBe(at);
});

test("is the server's where this browser's clock is off, and stays while answers fit it", () => {
  const hour = 3_600_000;
  learnServerTime(date(at - hour), at - 200, at);
  const learnt = serverTime();
  expect(Math.abs(learnt - (at - hour))).toBeLessThanOrEqual(1_000);
  for (const late of [100, 400, 700]) {
    learnServerTime(date(at - hour), at - late, at);
    expect(serverTime()).toBe(learnt);
  }
  learnServerTime(date(at), at - 20, at);
  expect(serverTime()).toBe(at);
});

test("changes by no answer that says no time", () => {
  learnServerTime(null, at, at);
  learnServerTime("yesterday", at, at);
  expect(serverTime()).toBe(at);
});
