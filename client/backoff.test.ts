import { expect, test } from "vitest";
import { delay, RECONNECT } from "./backoff.ts";

test("spreads a try over the whole window, and no further", () => {
  expect(delay(3, 0, { base: 100, cap: 10_000 })).toBe(0);
  expect(delay(3, 0.5, { base: 100, cap: 10_000 })).toBe(400);
  expect(delay(3, 0.999, { base: 100, cap: 10_000 })).toBeLessThan(800);
});

test("stays under the cap however often it failed", () => {
  for (const attempt of [5, 50, 5_000]) expect(delay(attempt, 0.999)).toBeLessThan(RECONNECT.cap);
});
