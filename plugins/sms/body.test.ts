import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyOf } from "./body.ts";
import { countSegments } from "./segments.ts";
import { deliverable } from "./testing.ts";

const body = (text: string, maxSegments = 3, more: object = {}): string =>
  bodyOf({ ...deliverable().message, title: null, text, ...more }, maxSegments);

describe("bodyOf", () => {
  it("puts the title on its own line, and says what is critical", () => {
    expect(body("Text.", 3, { title: "Title" })).toBe("Title\nText.");
    expect(body("Text.", 3, { title: " " })).toBe("Text.");
    expect(body("Text.", 3, { title: "Title", priority: "critical" })).toBe("CRITICAL: Title\nText.");
    expect(body("Text.", 3, { title: "Title", priority: "high", urgency: "critical" })).toBe("Title\nText.");
  });

  it("writes typographic characters plainly where that makes it GSM-7, and nowhere else", () => {
    expect(body("“Bed 3” – it’s ready…")).toBe(`"Bed 3" - it's ready...`);
    expect(body("“Кровать 3” …")).toBe("“Кровать 3” …");
  });

  it("drops marks that reorder or hide text", () => {
    expect(body("give \u202e01\u202c mg\u0000\u2066!")).toBe("give 01 mg!");
    expect(body("line\r\nnext\u2028last")).toBe("line\nnext\nlast");
  });

  it("composes accents, so that they fit GSM-7", () => {
    expect(body("e\u0300")).toBe("è");
  });

  it("keeps eight marks of a letter at most, and orders no long run of them", () => {
    const heaped = body(`a${"\u0301".repeat(4_000)}${"\u0316".repeat(4_000)}b`);
    expect(heaped).not.toMatch(/\p{M}{9}/u);
    expect(heaped.endsWith("b")).toBe(true);
  });

  it("leaves what just fits alone", () => {
    expect(body("a".repeat(459))).toBe("a".repeat(459));
  });

  it("ends what is too long in an ellipsis, filling the last segment", () => {
    expect(body("a".repeat(460))).toBe(`${"a".repeat(456)}...`);
    expect(body("я".repeat(300), 1)).toBe(`${"я".repeat(69)}…`);
    expect(body(`${"a".repeat(150)} ${"b".repeat(100)}`, 1)).toBe(`${"a".repeat(150)} bbbbbb...`);
    expect(body(`${"a".repeat(156)} ${"b".repeat(100)}`, 1)).toBe(`${"a".repeat(156)}...`);
  });

  it("never cuts a grapheme apart", () => {
    const family = "👨‍👩‍👧‍👦";
    const short = body(family.repeat(20), 1);
    expect(short).toBe(`${family.repeat(6)}…`);
    expect(body(`${"a".repeat(200)}${family}`, 1)).toBe(`${"a".repeat(157)}...`);
  });

  it("always fits, and is a beginning of the text", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", " ", "€", "é", "я", "👍", "e\u0301", "🇩🇪", "\n"),
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 4 }), (given, max) => {
        const made = body(given, max);
        const kept = made.replace(/(\.\.\.|…)$/, "");
        expect(countSegments(made)).toBeLessThanOrEqual(max);
        expect(given.normalize("NFC").trim().startsWith(kept)).toBe(true);
      }),
    );
  });
});
