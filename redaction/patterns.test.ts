import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { findPatterns, lintPattern } from "./patterns.ts";
import type { Candidate } from "./kinds.ts";

describe("lintPattern", () => {
  it.each([
    "\\bQX-\\d{3,6}\\b",
    "(?:AB|CD)-\\d{4}",
    "ward [A-F]\\d?",
    "\\b\\d{5}\\b",
    "(a|ab){1,9}c",
    "(?:a{1,9}){1,9}b",
    "(?<ward>[A-F])-\\p{Lu}",
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
    ["(?<!\\d)\\d{5}", "lookaround"],
    ["\\d{5}(?!\\d)", "lookaround"],
    ["(?:(?:a{1,30}){1,30}){1,30}b", "too_wide"],
    ["[\\p{L}]{1,60}", "too_wide"],
    ["\\Q)\\E{1,9}", "syntax"],
    ["(a)\\1", "backreference"],
    ["a{1,999}", "too_wide"],
  ])("refuses %s: %s", (source, fault) => {
    expect(lintPattern(source)).toBe(fault);
  });
});

it.each([
  ["repeats of many letters", `(?:${"\\pL".repeat(60)}){1,1000}`],
  ["and brackets in classes that hide the group", `(?:[](]${"\\pL".repeat(58)}){1,1000}`],
  ["and a class that ends late", `(?:[])]${"\\pL".repeat(58)}){1,1000}`],
  ["and a named class", `(?:[[:alpha:](]${"\\pL".repeat(55)}){1,1000}`],
  ["and an escaped bracket", `(?:\\[(?:a)${"\\pL".repeat(55)}){1,1000}`],
  ["nested", `(?:(?:${"\\PL".repeat(56)}){1,31}){1,31}`],
  ["with a mark of laziness", `(?:${"\\pL".repeat(60)}){1,1000}?`],
  ["as many as it may have", `(?:${"\\pL".repeat(60)}){1,9}`],
])("a pattern is refused in no time for %s", (_name, source) => {
  const before = process.cpuUsage();
  expect(lintPattern(source)).toBe("too_wide");
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e3).toBeLessThan(500);
});

it("a pattern costs its compiling once", () => {
  const source = "[A-Z]\\pL{1,40}-\\d{1,9}";
  lintPattern(source);
  const before = process.cpuUsage();
  for (let i = 0; i < 10_000; i++) expect(lintPattern(source)).toBeNull();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e3).toBeLessThan(2_000);
});

const found = (source: string, text: string): string[] => {
  const spans: Candidate[] = [];
  findPatterns([{ kind: "other_id", source }], text, spans);
  return spans.map(({ start, end }) => text.slice(start, end));
};

describe("a pattern", () => {
  it.each([
    ["\\bqx-\\d{3,6}\\b", "QX-123, qx-12, xqx-123 and Qx-123456.", ["QX-123", "Qx-123456"]],
    ["ab|bc|cd", "abcd ab", ["abcd", "ab"]],
    ["\\d{2}", "12345", ["12345"]],
    ["[A-F]$", "A B\nC", ["C"]],
    ["\u{1f6cf}.", "bed \u{1f6cf}7 \u{1f6cf}\u{1f6cf}", ["\u{1f6cf}7", "\u{1f6cf}\u{1f6cf}"]],
  ])("%s finds in %s all that its matches cover", (source, text, expected) => {
    expect(found(source, text)).toEqual(expected);
  });

  it("covers what the language's own regular expressions match", () => {
    const atom = fc.constantFrom("a", "b", "[ab]", ".", "(?:a|ba)", "\\b", "c?", "b{1,3}", "(?:ab?){1,2}");
    const sources = fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join(""));
    fc.assert(
      fc.property(sources, fc.stringMatching(/^[abc ]{0,30}$/), (source, text) => {
        fc.pre(lintPattern(source) === null);
        const spans: Candidate[] = [];
        findPatterns([{ kind: "other_id", source }], text, spans);
        const regex = new RegExp(source, "y");
        for (let i = 0; i < text.length; i++) {
          regex.lastIndex = i;
          const match = regex.exec(text);
          if (match?.[0])
            expect(spans.some(({ start, end }) => start <= i && i + match[0].length <= end)).toBe(true);
        }
      }),
    );
  });

  it.each(["a(?:(?:a?){200}b)?", "a(?:.{0,120}.{0,120}b)?", "(?:a{1,9}){1,9}b", "a{1,250}c"])(
    "takes a bounded time on 64 KB: %s",
    (source) => {
      const before = process.cpuUsage();
      found(source, "a".repeat(65_536));
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).toBeLessThan(4);
    },
  );
});
