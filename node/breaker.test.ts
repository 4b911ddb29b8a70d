import { expect, it } from "vitest";
import { type Breaker, createBreaker } from "./breaker.ts";

const at = { ms: 0 };
const make = (): Breaker => {
  at.ms = 1_000;
  return createBreaker({ failures: 3, within: 10_000, stays: 3_000 }, () => at.ms);
};
const note = (breaker: Breaker, ...ends: boolean[]): void => {
  for (const well of ends) breaker.note(well);
};

it("stays closed for one or two calls that fail, and for few failures among many calls", () => {
  const breaker = make();
  note(breaker, false, false);
  expect(breaker.open()).toBe(false);
  const busy = make();
  note(busy, true, true, true, true, false, false, false);
  expect(busy.open()).toBe(false);
});

it("opens when most of the last calls failed, for a time", () => {
  const breaker = make();
  note(breaker, true, false, false, false);
  expect(breaker.open()).toBe(true);
  at.ms += 3_001;
  expect(breaker.open()).toBe(false);
});

it("forgets calls that are long past", () => {
  const breaker = make();
  note(breaker, false, false);
  at.ms += 10_001;
  note(breaker, false);
  expect(breaker.open()).toBe(false);
});
