import { expect, test } from "vitest";
import { choicesOf } from "./digests.ts";

test("offers what is chosen beside the usual choices, in order and once", () => {
  expect(choicesOf(0).map(({ name }) => name)).toEqual([
    "One by one",
    "Every 5 minutes",
    "Every 15 minutes",
    "Every 30 minutes",
    "Every hour",
    "Every 2 hours",
    "Every 4 hours",
  ]);
  expect(choicesOf(90).map(({ value }) => value)).toEqual([0, 5, 15, 30, 60, 90, 120, 240]);
  expect(choicesOf(90)[5]?.name).toBe("Every 90 minutes");
});
