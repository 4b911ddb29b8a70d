import { describe, expect, it } from "vitest";
import { rules } from "../analyze.ts";
import { NEAR_MATCHES } from "../corpus/adversarial.ts";
import { corpus } from "../corpus/corpus.ts";
import type { Candidate } from "../kinds.ts";
import { normalize } from "../normalize.ts";
import { exampleOf, recased, templates } from "../training/examples.ts";
import { Random } from "../training/random.ts";
import { anyOf, digits, inARow, letterThenDigit, pieces, Signs } from "./signs.ts";

/** A text that has every sign. */
class EverySign extends Signs {
  override digits = Infinity;
  override run = Infinity;
  override mixed = true;
  override kinds = ~0;
  override look(): this {
    return this;
  }
  override hasAll(): boolean {
    return true;
  }
}

const found = (text: string, signs: Signs): Candidate[] => {
  const candidates: Candidate[] = [];
  rules(text, candidates, signs.look(text));
  return candidates;
};

describe("the signs of a text", () => {
  it("are seen wherever a rule finds something", () => {
    const random = new Random(3);
    const written = templates().map((template) => recased(exampleOf(template, random), random).text);
    const texts = [...corpus().map(({ text }) => text), ...NEAR_MATCHES, ...written];
    const [signs, every] = [new Signs(), new EverySign()];
    const missed = texts
      .map((text) => normalize(text).text)
      .filter((text) => JSON.stringify(found(text, signs)) !== JSON.stringify(found(text, every)));
    expect(missed).toEqual([]);
  });

  it("are pieces in either case, with any digit for 0 and anything else for a space", () => {
    const has = (text: string, list: string) => pieces(list)(new Signs().look(text));
    expect(has("Seen in JANUARY", "january")).toBe(true);
    expect(has("Seen in June", "january")).toBe(false);
    expect(has("the 7th", "0th")).toBe(true);
    expect(has("(one)", " one ")).toBe(true);
    expect(has("alone", " one ")).toBe(false);
  });

  it("are characters and digits, of this text and not of the one before", () => {
    const signs = new Signs().look("ana@example.net 12");
    expect([anyOf("@")(signs), anyOf("/")(signs), digits(2)(signs), digits(3)(signs)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([inARow(7)(signs), inARow(8)(signs)]).toEqual([true, false]);
    signs.look("A1");
    expect(inARow(3)(signs)).toBe(false);
    expect([anyOf("@")(signs), digits(2)(signs), letterThenDigit(signs)]).toEqual([false, false, true]);
  });
});
