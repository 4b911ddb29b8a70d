import { expect, it } from "vitest";
import { monthsOf } from "./months.ts";

const day = (n: number): Date => new Date(n * 86_400_000);

it("cuts a time into months at most, without a gap and without an overlap", () => {
  expect(monthsOf({ from: day(0), to: day(7) })).toEqual([{ from: day(0), to: day(7) }]);
  expect(monthsOf({ from: day(0), to: day(70) })).toEqual([
    { from: day(0), to: day(31) },
    { from: day(31), to: day(62) },
    { from: day(62), to: day(70) },
  ]);
  expect(monthsOf({ from: day(0), to: day(62) })).toHaveLength(2);
});
