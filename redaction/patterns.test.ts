import { describe, expect, it } from "vitest";
import { lintPattern } from "./patterns.ts";

describe("lintPattern", () => {
  it.each([
    "\\bQX-\\d{3,6}\\b",
    "(?:AB|CD)-\\d{4}",
    "ward [A-F]\\d?",
    "(?<!\\d)\\d{5}(?!\\d)",
    "[(){}*+]{1,3}x",
  ])("takes %s", (source) => {
    expect(lintPattern(source)).toBeNull();
  });

  it.each([
    ["(", "syntax"],
    ["a".repeat(201), "too_long"],
    ["a*", "matches_nothing"],
    ["(a+)+b", "unbounded"],
    ["\\d+x", "unbounded"],
    ["a{2,}", "unbounded"],
    ["(a|ab){1,9}c", "nested_repeat"],
    ["(?:a{1,9}){1,9}b", "nested_repeat"],
    ["(a)\\1", "backreference"],
    ["a{1,999}", "too_wide"],
  ])("refuses %s: %s", (source, fault) => {
    expect(lintPattern(source)).toBe(fault);
  });
});
