import { expect, test } from "vitest";
import { keyOf, longest, place } from "./bar.ts";
import type { Part } from "./bar.ts";

const parts: Part[] = [
  { name: "Delivered", value: 30, shade: "good" },
  { name: "Failed", value: 0, shade: "bad" },
  { name: "Offline", value: 10, shade: "grey" },
];

test("places the parts one after the other, by the longest bar, and leaves out those of no length", () => {
  const placed = place(parts, 80).map(({ name, start, length }) => [name, start, length]);
  expect(placed).toEqual([
    ["Delivered", 0, 37.5],
    ["Offline", 37.5, 12.5],
  ]);
  expect(place(parts, 0)).toEqual([]);
});

test("knows the longest bar, and the parts that any of them has", () => {
  const bars = [
    { name: "SMS", parts, words: "" },
    { name: "Email", parts: [{ name: "Failed", value: 50, shade: "bad" as const }], words: "" },
  ];
  expect(longest(bars)).toBe(50);
  expect(longest([])).toBe(0);
  expect(keyOf(bars).map(({ name }) => name)).toEqual(["Delivered", "Offline", "Failed"]);
});
