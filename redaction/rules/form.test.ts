import { describe, expect, it } from "vitest";
import { Form, forAscii } from "./form.ts";
import { Signs } from "./signs.ts";

describe("a pattern for texts of ASCII alone", () => {
  it("has ranges where classes of Unicode were, within brackets and without", () => {
    expect(forAscii(/(?<![\p{L}\p{N}.])\p{Lu}[\p{L}\p{M}'-]*\[\p{N}/giu)).toEqual(
      /(?<![A-Za-z0-9.])[A-Z][A-Za-z'-]*\[[0-9]/gi,
    );
  });

  it("is none for a class that it does not know", () => {
    expect(() => forAscii(/\p{Script=Thai}/u)).toThrow("no ASCII");
    expect(() => forAscii(/\p{Sc}/u)).toThrow("no ASCII");
  });

  it("serves for such texts only", () => {
    const form = new Form(/^\p{Lu}/u);
    const signs = new Signs();
    for (const [text, begins] of [
      ["Ana", true],
      ["ana", false],
      ["Óscar", true],
      ["óscar", false],
    ] as const)
      expect(form.for(signs.look(text)).test(text), text).toBe(begins);
  });
});
