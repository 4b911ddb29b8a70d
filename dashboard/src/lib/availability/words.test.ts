import { expect, test } from "vitest";
import type { OwnAvailability } from "../api/availability.ts";
import { coverTrouble, namesOf, ownWords } from "./words.ts";

const NOW = Date.parse("2026-05-04T10:00:00Z");
const own = (fields: Partial<OwnAvailability>): OwnAvailability => ({
  status: "away",
  until: new Date(NOW + 3_600_000).toISOString(),
  delegate: { user_id: "b", name: "Ben" },
  instead: false,
  covered: ["west"],
  uncovered: [],
  covering: [],
  ...fields,
});

test("says who covers somebody, and that nobody does", () => {
  expect(ownWords(own({ status: "available", until: null, delegate: null }), NOW)).toBe("Available");
  expect(ownWords(own({}), NOW)).toMatch(/^Away until .+, covered by Ben$/);
  expect(ownWords(own({ covered: [], uncovered: ["west"] }), NOW)).toMatch(/covered by nobody$/);
  expect(ownWords(own({ status: "busy", delegate: null, covered: [] }), NOW)).toMatch(/^Busy until [^,]+$/);
});

test("says where nobody covers somebody", () => {
  const nameOf = (id: string) => id.toUpperCase();
  expect(coverTrouble(own({}), nameOf)).toBeNull();
  expect(coverTrouble(own({ uncovered: ["east", "south"] }), nameOf)).toBe(
    "Nobody covers you in EAST and SOUTH.",
  );
  expect(coverTrouble(own({ covered: [] }), nameOf)).toMatch(/^Ben can't cover you now/);
  expect(coverTrouble(own({ delegate: null, covered: [] }), nameOf)).toMatch(/^Nobody covers you:/);
  expect(coverTrouble(own({ status: "busy", delegate: null, covered: [] }), nameOf)).toBeNull();
});

test("names people", () => {
  expect(namesOf([{ name: "Ada" }, { name: "Ben" }, { name: "Cyd" }])).toBe("Ada, Ben and Cyd");
});
