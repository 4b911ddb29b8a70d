import fc from "fast-check";
import { expect, test } from "vitest";
import { Position } from "./position.ts";

test("moves on with the next change, and sees a change beyond it as a gap", () => {
  const position = new Position(4);
  position.note(5);
  expect([position.at, position.gap]).toEqual([5, false]);
  position.note(7);
  expect([position.at, position.gap]).toEqual([5, true]);
  position.note(6);
  expect([position.at, position.gap]).toEqual([7, false]);
});

test("never goes back", () => {
  const position = new Position(9);
  position.note(3);
  position.settle(5);
  expect([position.at, position.gap]).toEqual([9, false]);
});

test("settling makes gaps below final and keeps those above", () => {
  const position = new Position(1);
  for (const seq of [3, 6, 8]) position.note(seq);
  position.settle(5);
  expect([position.at, position.gap]).toEqual([6, true]);
  position.settle(8);
  expect([position.at, position.gap]).toEqual([8, false]);
});

test("ends at the last change with no gap, in whatever order and however often all of them come", () => {
  const shuffled = fc.integer({ min: 1, max: 40 }).chain((last) => {
    const all = Array.from({ length: last }, (_, index) => index + 1);
    return fc.tuple(
      fc.constant(last),
      fc.shuffledSubarray([...all, ...all], { minLength: 2 * last, maxLength: 2 * last }),
    );
  });
  fc.assert(
    fc.property(shuffled, ([last, order]) => {
      const position = new Position(0);
      for (const seq of order) position.note(seq);
      expect([position.at, position.gap]).toEqual([last, false]);
    }),
  );
});
