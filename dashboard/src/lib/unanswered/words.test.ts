import { expect, test } from "vitest";
import { countWords, tidyWords, sumOf, toldWords } from "./words.ts";

test("counts over all territories, and says what each of one's alerts waits for", () => {
  const north = { territory_id: "north", waiting: 1, exhausted: 0, unreached: 2 };
  const south = { territory_id: "south", waiting: 0, exhausted: 4, unreached: 0 };
  expect(sumOf([north, south])).toBe(7);
  expect(sumOf([])).toBe(0);
  expect(countWords(north)).toEqual(["2: nobody has seen it", "1: steps to come"]);
  expect(countWords(south)).toEqual(["4: rules used up"]);
});

test("says of each person how far they got", () => {
  const told = { user_id: "a.example", name: "A. Example", seen: false, acknowledged: false };
  expect(toldWords(told)).toBe("has not seen it");
  expect(toldWords({ ...told, seen: true })).toBe("has seen it");
  expect(toldWords({ ...told, seen: true, acknowledged: true })).toBe("acknowledged");
});

test.each([
  [2, 1, "Take 2 away, show 1 more"],
  [1, 0, "Take 1 away"],
  [0, 3, "Show 3 more"],
])("says what tidying up does with %s gone and %s new", (gone, arrived, words) => {
  expect(tidyWords(gone, arrived)).toBe(words);
});
