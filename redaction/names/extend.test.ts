import { describe, expect, it } from "vitest";
import { analyze } from "../analyze.ts";
import { eponyms } from "./eponyms.ts";
import { Features, featuresOf, rowsOf } from "./features.ts";
import { signalsOf } from "./signals.ts";
import { SIZE, COUNT, STEPS, type Model } from "./tagger.ts";
import { tokenize } from "./tokens.ts";

/** A model that takes each word for a name. */
function credulous(): Model {
  const rows = rowsOf(signalsOf(tokenize("x"), "x", new Set()));
  const [anyWord = 0] = featuresOf(rows, 0, new Features()).places;
  const weights = new Int32Array(SIZE / COUNT);
  weights[anyWord] = 500;
  return { weights, steps: new Int16Array(STEPS), vocabulary: new Set() };
}

const model = credulous();
const named = (text: string): string[] =>
  analyze(text, {}, [], model).map(({ start, end }) => text.slice(start, end));

describe("what rules take from the names that a model finds", () => {
  it("is nothing of a word that may be one", () => {
    expect(named("Okafor")).toEqual(["Okafor"]);
    expect(named("Apgar pulled")).not.toEqual([]);
  });

  it("is what numbers are of", () => {
    for (const word of ["mcg", "weeks"]) expect(named(`250/50 ${word}`), word).toEqual([]);
  });

  it("is what segments, messages and resources of other systems are called", () => {
    expect(named("EVN|A13").join(" ")).not.toContain("EVN");
    expect(named("EVN drinks tea").join(" ")).toContain("EVN");
    expect(named("ORU^R01").join(" ")).not.toContain("ORU");
    expect(named("RiskAssessment").join(" ")).toBe("");
  });
});

describe("what is named after somebody", () => {
  const [firm, kept] = (["firm", "kept"] as const).map(
    (which) => (text: string) => [...eponyms(tokenize(text))[which]].sort(),
  );

  it("is so for certain before its noun and beside another, and may be before any word", () => {
    expect(firm?.("Murphy sign today")).toEqual([0]);
    expect(firm?.("Kernig and Brudzinski today")).toEqual([0, 2]);
    expect(firm?.("Merkel pulled it")).toEqual([]);
    expect(kept?.("Merkel pulled it")).toEqual([0]);
  });
});
