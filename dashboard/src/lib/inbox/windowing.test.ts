import { expect, test } from "vitest";
import { visibleRows } from "./windowing.ts";

test("has what the window shows and some rows beside it, wherever it stands", () => {
  for (const top of [200, 0, -7_777, -599_000]) {
    const { from, to } = visibleRows(10_000, top, 900, 60);
    expect(from).toBeLessThanOrEqual(Math.max(0, -top / 60));
    expect(to).toBeGreaterThanOrEqual(Math.min(10_000, (900 - top) / 60));
    expect(to - from).toBeLessThan(60);
  }
});

test("never leaves the list", () => {
  expect(visibleRows(3, 100, 900, 60)).toEqual({ from: 0, to: 3 });
  expect(visibleRows(0, 100, 900, 60)).toEqual({ from: 0, to: 0 });
  expect(visibleRows(10, -100_000, 900, 60)).toEqual({ from: 10, to: 10 });
  expect(visibleRows(10, 100_000, 900, 60)).toEqual({ from: 0, to: 0 });
});
