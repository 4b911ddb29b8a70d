import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
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

  it("reads each character once and takes two steps a character at most, however nearly every word stands everywhere", () => {
    const repeat = (unit: string, length: number): string =>
      unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    for (const unit of ["a", "ab ", "abaab"]) {
      // Each but for its last character, at every place of the text: what a naive search compares a thousand times over.
      const words = Array.from({ length: 30 }, (_, i) => `${repeat(unit, 990)}${i}`);
      const text = repeat(unit, 16_384);
      const steps = vi.spyOn(Map.prototype, "get");
      try {
        const automaton = new Automaton(words.map((word) => [word, word] as const));
        expect(steps.mock.calls.length).toBeLessThanOrEqual(3 * words.join("").length);
        steps.mockClear();
        const { read, counted } = readOnce(text);
        automaton.find(counted, [], () => false);
        expect(steps.mock.calls.length).toBeGreaterThanOrEqual(text.length);
        expect(steps.mock.calls.length).toBeLessThanOrEqual(2 * text.length);
        expect(read()).toBe(text.length);
      } finally {
        steps.mockRestore();
      }
    }
  });
});

/** A text that counts which of its characters are read; a search that reads it in any other way fails. */
function readOnce(text: string): { counted: string; read: () => number } {
  let count = 0;
  const counted: unknown = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === "length") return text.length;
        if (name !== "charCodeAt") throw new Error(`the text was read by ${String(name)}`);
        return (at: number) => {
          count += 1;
          return text.charCodeAt(at);
        };
      },
    },
  );
  return { counted: counted as string, read: () => count };
}
