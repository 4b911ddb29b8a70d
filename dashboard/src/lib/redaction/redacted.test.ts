import fc from "fast-check";
import { expect, test } from "vitest";
import { KINDS } from "./segments.ts";
import { inWords, layOver, partsOf, PLACEHOLDERS } from "./redacted.ts";

test("knows a placeholder of every kind but that of ages, which reads as what it says", () => {
  expect(Object.values(PLACEHOLDERS).toSorted()).toEqual(KINDS.filter((kind) => kind !== "age90").toSorted());
  expect(partsOf("Call [NAME], MRN [MRN] [sic]").map(({ kind }) => kind)).toEqual([
    null,
    "name",
    null,
    "mrn",
    null,
  ]);
});

test("is read out in words", () => {
  expect(inWords("Call [NAME], MRN [MRN] [sic]")).toBe(
    "Call name hidden, MRN medical record number hidden [sic]",
  );
});

const hidden = (redacted: string, original: string) =>
  layOver(redacted, original)
    .filter((one) => one.hidden)
    .map(({ text }) => text);

test("shows what was taken out in its place", () => {
  expect(hidden("Call [NAME], MRN [MRN]: repeat", "Call Ada Lo, MRN 0099: repeat")).toEqual([
    "Ada Lo",
    "0099",
  ]);
  expect(hidden("[NAME] waits", "Ada waits")).toEqual(["Ada"]);
  expect(hidden("for [NAME]", "for Ada")).toEqual(["Ada"]);
  expect(hidden("[NAME][MRN] waits", "Ada 0099 waits")).toEqual(["Ada 0099"]);
});

test("shows an original that fits no redacted text as it is", () => {
  expect(layOver("Call [NAME] now", "Something else")).toEqual([{ text: "Something else", hidden: false }]);
  expect(layOver("Bed 4", "Bed 4 is ready")).toEqual([{ text: "Bed 4 is ready", hidden: false }]);
});

test("never changes a character of an original", () => {
  const text = fc.array(fc.constantFrom("a", " ", "[NAME]", "[MRN]", "b"), { maxLength: 8 });
  fc.assert(
    fc.property(text, fc.string(), (redacted, original) => {
      const shown = layOver(redacted.join(""), original);
      expect(shown.map((one) => one.text).join("")).toBe(original);
    }),
  );
});
