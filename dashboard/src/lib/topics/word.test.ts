import { expect, test } from "vitest";
import { wordFault } from "./word.ts";

test("takes the words that the API takes", () => {
  for (const word of ["rapid-response", "icu2", " stroke "]) expect(wordFault(word), word).toBeNull();
  for (const word of ["", "Rapid", "rapid response", "-x", "x-", "2nd", "é"])
    expect(wordFault(word), word).toMatch(/lower-case/);
});
