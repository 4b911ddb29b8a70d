import { expect, test } from "vitest";
import { BLINK, Footing } from "./Footing.ts";

const rows = [
  { id: "a", top: 0, bottom: 100 },
  { id: "b", top: 110, bottom: 200 },
];

test("a row is fresh where another one was a moment ago, and no longer than that", () => {
  const footing = new Footing();
  footing.note(rows, 1_000);
  expect(footing.isFresh("b", 50, 1_001)).toBe(true);
  expect(footing.isFresh("b", 50, 1_000 + BLINK)).toBe(false);
});

test("a row that stayed, or that came where none was, is not fresh", () => {
  const footing = new Footing();
  footing.note(rows, 1_000);
  expect(footing.isFresh("a", 50, 1_001)).toBe(false);
  expect(footing.isFresh("c", 105, 1_001)).toBe(false);
  expect(footing.isFresh("c", 300, 1_001)).toBe(false);
});

test("several moves within a moment are all remembered", () => {
  const footing = new Footing();
  footing.note(rows, 1_000);
  footing.note([{ id: "b", top: 0, bottom: 100 }], 1_200);
  expect(footing.isFresh("b", 50, 1_300)).toBe(true);
  expect(footing.isFresh("b", 50, 1_450)).toBe(false);
});
