import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Automaton } from "./automaton.ts";

const word = fc.stringMatching(/^[ab]{1,4}$/);

describe("the automaton", () => {
  it("finds every place of every word, the longest that ends there first", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { maxLength: 8 }),
        fc.stringMatching(/^[abc]{0,40}$/),
        (words, text) => {
          const found: string[] = [];
          new Automaton(words.map((one) => [one, one] as const)).find(text, [], (start, end, [value]) => {
            expect(text.slice(start, end)).toBe(value);
            found.push(`${end} ${value}`);
            return false;
          });
          const expected = Array.from({ length: text.length }, (_, i) =>
            words
              .filter((one) => text.slice(0, i + 1).endsWith(one))
              .sort((a, b) => b.length - a.length)
              .map((one) => `${i + 1} ${one}`),
          );
          expect(found).toEqual(expected.flat());
        },
      ),
    );
  });
});
