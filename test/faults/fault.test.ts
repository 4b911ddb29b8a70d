import { expect, it } from "vitest";
import { planFaults } from "./fault.ts";

it("takes every fault once a round, in an order that the seed decides", () => {
  const names = (seed: number): string[] => planFaults(seed, 3).map(({ fault }) => fault.name);
  const all = names(1);
  const kinds = new Set(all);
  expect(kinds.size).toBe(35);
  expect(new Set(all.slice(0, kinds.size))).toEqual(kinds);
  expect(names(1)).toEqual(all);
  expect(names(2)).not.toEqual(all);
  expect(all.slice(0, kinds.size)).not.toEqual(all.slice(kinds.size, 2 * kinds.size));
});
