import { describe, expect, it } from "vitest";
import { countSegments, encodingOf } from "./segments.ts";

describe("encodingOf", () => {
  it.each(["", "Plain text, 50% @ ward 3", "àéìòù ÄÖÜß ñ Ø ΔΩ", "[x] {y} ~ ^ | \\ €", "a\nb\r"])(
    "%j is GSM-7",
    (text) => {
      expect(encodingOf(text)).toBe("GSM-7");
    },
  );
  it.each(["…", "“quoted”", "ç", "á", "日本", "👍", "a\tb", "`"])("%j is UCS-2", (text) => {
    expect(encodingOf(text)).toBe("UCS-2");
  });
});

describe("countSegments", () => {
  it.each([
    ["", 1],
    ["a".repeat(160), 1],
    ["a".repeat(161), 2],
    ["a".repeat(306), 2],
    ["a".repeat(307), 3],
    ["a".repeat(459), 3],
    ["a".repeat(460), 4],
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    // 153 septets hold 76 escaped pairs, one septet is left over.
    ["€".repeat(152), 2],
    ["€".repeat(153), 3],
    // The pair at the end of the first segment does not fit into its last septet.
    [`${"a".repeat(152)}€${"a".repeat(151)}`, 2],
    [`${"a".repeat(152)}€${"a".repeat(152)}`, 3],
    ["é".repeat(160), 1],
    ["я".repeat(70), 1],
    ["я".repeat(71), 2],
    ["я".repeat(134), 2],
    ["я".repeat(135), 3],
    ["👍".repeat(35), 1],
    ["👍".repeat(36), 2],
    // 67 code units hold 33 pairs, one unit is left over.
    ["👍".repeat(66), 2],
    ["👍".repeat(67), 3],
    [`${"a".repeat(160)}я`, 3],
  ])("%# is %i", (text, segments) => {
    expect(countSegments(text)).toBe(segments);
  });
});
