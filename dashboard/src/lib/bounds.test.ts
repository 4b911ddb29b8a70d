import { expect, test } from "vitest";
import { whole } from "./bounds.ts";

test("tells whole numbers within bounds, both included", () => {
  const bounds = { least: 0, most: 10 };
  expect([0, 2, 10].map((value) => whole(value, bounds))).toEqual([true, true, true]);
  expect([2.5, 11, -1, null].map((value) => whole(value, bounds))).toEqual([false, false, false, false]);
});
