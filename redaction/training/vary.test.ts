import { describe, expect, it } from "vitest";
import { classOf } from "../names/classes.ts";
import { Random } from "./random.ts";
import { parse, type Part } from "./template.ts";
import { varied } from "./vary.ts";

const template = parse(
  "{name:@first @last} walked quickly to the kitchen, then rested in {facility:the quiet garden house}; nurse called {phone:555-0142} about {@drug}.",
);
const textOf = (parts: readonly Part[]): string =>
  parts
    .flatMap(({ pieces }) => pieces.map((piece) => ("text" in piece ? piece.text : `@${piece.slot}`)))
    .join("");
const many = Array.from({ length: 400 }, (_, i) => varied(template, new Random(i)));

describe("a template as others would write it", () => {
  it("keeps its slots and what identifies somebody", () => {
    const kept = (parts: readonly Part[]) =>
      parts.flatMap(({ kind, pieces }) =>
        pieces.filter((piece) => kind !== undefined || "slot" in piece).map((piece) => ({ kind, piece })),
      );
    for (const parts of many) expect(kept(parts)).toEqual(kept(template));
  });

  it("comes in other words, with slips, without points and with the capitals of a heading", () => {
    const texts = many.map(textOf);
    expect(new Set(texts).size).toBeGreaterThan(100);
    expect(texts.some((text) => /walked quickly|kitchen/.test(text) && !text.includes(","))).toBe(true);
    expect(texts.some((text) => /Then Rested|Walked/.test(text))).toBe(true);
    expect(
      texts.some((text) =>
        /\b(?:wlaked|waked|wallked|walke?ed|neurse|nusre|nrse|nurrse|nurs?se)\b/.test(text),
      ),
    ).toBe(true);
  });

  it("keeps words that tell of the words beside them, but for slips", () => {
    expect(classOf("nurse")).not.toBe(0);
    const whole = many
      .map(textOf)
      .filter((text) => / then | Then /.test(text) && / about | About /.test(text));
    expect(whole.length).toBeGreaterThan(200);
  });

  it("is the same for the same seed", () => {
    expect(varied(template, new Random(5))).toEqual(varied(template, new Random(5)));
  });
});
