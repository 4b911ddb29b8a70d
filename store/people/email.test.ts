import fc from "fast-check";
import { expect, it } from "vitest";
import { foldEmail } from "./email.ts";

it("folds ASCII letters, and takes nothing that another rule could fold to ASCII", () => {
  expect(foldEmail("A.Example+X@West.EXAMPLE")).toBe("a.example+x@west.example");
  for (const text of ["", " ", "a b@x.example", "demo-clİnician@x.example", "demo-clınician@x.example"])
    expect(foldEmail(text), text).toBeNull();
  for (const text of ["demo-\u212Aelvin@x.example", "ſmith@x.example", "ａ@x.example", "a\u0000@x.example"])
    expect(foldEmail(text), text).toBeNull();
});

it("folds two addresses to one only where they differ in the case of ASCII letters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const folded = foldEmail(text);
      if (folded === null) return;
      expect(folded).toMatch(/^[\x21-\x40\x5b-\x7e]+$/);
      expect(foldEmail(text.toUpperCase())).toBe(folded);
    }),
  );
});
