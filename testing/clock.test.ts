import { setClock } from "./clock.ts";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => setClock(0));

it("sets what asks for the time, and no time that is given", () => {
  const before = Date.now();
  setClock(3_600_000);
  expect(Date.now() - before).toBeGreaterThanOrEqual(3_600_000);
  expect(new Date().getTime() - before).toBeGreaterThanOrEqual(3_600_000);
  expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
  expect(new Date()).toBeInstanceOf(Date);
  setClock(-3_600_000);
  expect(Date.now()).toBeLessThan(before);
});

it("lets another time be put in its place, and back", () => {
  const before = Date.now;
  const other = vi.spyOn(Date, "now").mockImplementation(() => before() + 3_600_000);
  expect(Date.now() - before()).toBeGreaterThanOrEqual(3_599_000);
  other.mockRestore();
  expect(Date.now).toBe(before);
});
