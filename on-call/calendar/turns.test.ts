import fc from "fast-check";
import { expect, it } from "vitest";
import type { Turn } from "../layer.ts";
import { inOneRow } from "./turns.ts";

it("of whiles that overlap, the one that began last counts, and the one before goes on after it", () => {
  const whiles = [
    { from: 0, to: 10, person: "ada" },
    { from: 2, to: 4, person: "ben" },
    { from: 3, to: 6, person: "cleo" },
    { from: 20, to: 30, person: "dora" },
    { from: 20, to: 25, person: "nils" },
  ];
  expect(inOneRow(whiles)).toEqual([
    { from: 0, to: 2, person: "ada" },
    { from: 2, to: 3, person: "ben" },
    { from: 3, to: 6, person: "cleo" },
    { from: 6, to: 10, person: "ada" },
    { from: 20, to: 25, person: "nils" },
    { from: 25, to: 30, person: "dora" },
  ]);
});

it("has one person at each moment at which somebody is there, and nobody at others", () => {
  const one = fc
    .record({
      from: fc.integer({ min: 0, max: 40 }),
      long: fc.integer({ min: 1, max: 15 }),
      person: fc.constantFrom("a", "b", "c"),
    })
    .map(({ from, long, person }): Turn => ({ from, to: from + long, person }));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (whiles) => {
      const turns = inOneRow(whiles);
      for (const [place, { from, to }] of turns.entries()) {
        expect(to).toBeGreaterThan(from);
        expect(from).toBeGreaterThanOrEqual(turns[place - 1]?.to ?? -1);
      }
      for (let moment = 0; moment < 60; moment++) {
        const going = whiles.filter(({ from, to }) => from <= moment && moment < to);
        const last = Math.max(...going.map(({ from }) => from));
        const meant = going.findLast(({ from }) => from === last)?.person;
        expect(turns.find(({ from, to }) => from <= moment && moment < to)?.person).toBe(meant);
      }
    }),
  );
});
