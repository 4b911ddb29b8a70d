import { describe, expect, it } from "vitest";
import { MOST_STEPS_TOGETHER, overreach } from "./overreach.ts";
import { lintPattern } from "./patterns.ts";

const patterns = (...sources: string[]) => ({
  patterns: sources.map((source) => ({ kind: "other_id" as const, source })),
});
const hidden = (...values: string[]) => ({
  hidden: values.map((value) => ({ kind: "name" as const, value })),
});

describe("a territory's own rules", () => {
  it.each([
    ["codes", patterns("\\bQX-\\d{3,6}\\b", "(?:AB|CD)-\\d{4}", "\\b\\d{7,9}\\b", "[A-Z]{3}-[0-9]{4}")],
    ["wards and staff", hidden("Ward North", "The Willow Unit", "Room of Silence", "Dr Pump", "ABC")],
    [
      "as many patterns as there may be",
      patterns(...Array.from({ length: 50 }, (_, i) => `\\bK${i}-\\d{4}\\b`)),
    ],
    ["nothing", {}],
  ])("may be %s", (_name, additions) => {
    expect(overreach(additions)).toBeNull();
  });

  it.each([
    ["every word", patterns("\\w{1,40}"), "6.8"],
    ["everything", patterns("[\\s\\S]"), "6.8"],
    ["every number", patterns("\\d{1,3}"), "6.8"],
    ["all potassium but what an example may say", patterns("potassium [1-57-9]\\.\\d"), "7.9"],
    ["values of two digits", patterns("\\b\\d{2}\\b"), "41"],
    ["every long word", patterns("\\b[a-z]{4,20}\\b"), "%"],
    ["each letter e, though in parts", patterns("e", "t[h-z]"), "%"],
    [
      "words that alerts need",
      hidden(
        ..."critical sample repeat response antibiotics bleeding infusion order heparin ward blood team".split(
          " ",
        ),
      ),
      "%",
    ],
  ])("don't hide %s", (_name, additions, said) => {
    for (const { source } of "patterns" in additions ? additions.patterns : [])
      expect(lintPattern(source)).toBeNull();
    expect(overreach(additions)).toContain(said);
  });

  it("don't take longer together than two large patterns would", () => {
    const large = Array.from({ length: 3 }, (_, i) => `K${i}[A-F]{1,250}`);
    expect(overreach(patterns(...large.slice(0, 2)))).toBeNull();
    expect(overreach(patterns(...large))).toContain(`${MOST_STEPS_TOGETHER} is the most`);
  });
});
