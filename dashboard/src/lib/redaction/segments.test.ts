import { expect, test } from "vitest";
import type { Kind } from "../api/redactions.ts";
import { KINDS, kindWords, segments } from "./segments.ts";

const span = (start: number, end: number, kind: Kind = "name") => ({ start, end, kind });

test("cuts a text at its spans, whatever their order, losing nothing", () => {
  const text = "Call Ann, MRN 12";
  const cut = segments(text, [span(14, 16, "mrn"), span(5, 8)]);
  expect(cut).toEqual([
    { text: "Call ", kind: null },
    { text: "Ann", kind: "name" },
    { text: ", MRN ", kind: null },
    { text: "12", kind: "mrn" },
  ]);
  expect(cut.map((segment) => segment.text).join("")).toBe(text);
});

test("shows each character once, also where spans overlap or reach too far", () => {
  const cut = segments("abcdef", [span(0, 3), span(2, 4), span(4, 99), span(50, 60), span(3, 3)]);
  expect(cut.map(({ text }) => text)).toEqual(["abc", "d", "ef"]);
  expect(segments("", [])).toEqual([]);
});

test("has words for every kind, also for one that it doesn't know", () => {
  for (const kind of KINDS) expect(kindWords(kind)).not.toContain("_");
  expect(kindWords("new_kind")).toBe("new kind");
});
