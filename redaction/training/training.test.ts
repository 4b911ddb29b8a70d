import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { corpus } from "../corpus/corpus.ts";
import { parse, type Part } from "./template.ts";

interface Line {
  file: string;
  line: string;
  parts: Part[];
}

const at = (path: string) => new URL(path, import.meta.url);
const lines = (folder: string): Line[] =>
  readdirSync(at(folder))
    .filter((name) => name.endsWith(".txt"))
    .flatMap((name) =>
      readFileSync(at(folder + name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => ({ file: folder + name, line, parts: parse(line) })),
    );
const text = ({ parts }: Line) =>
  parts.flatMap(({ pieces }) => pieces.map((piece) => ("text" in piece ? piece.text : piece.slot))).join("");
const isClean = ({ parts }: Line) => parts.every(({ kind }) => kind === undefined);
const share = (some: Line[]) => some.filter(isClean).length / some.length;
const by = (all: Line[]) => Map.groupBy(all, ({ file }) => file);

const templates = lines("templates/");
const frames = lines("frames/");
const classes = lines("classes/");
const languages = lines("languages/");
const all = [...templates, ...frames, ...classes, ...languages];

/** The slots that SLOTS.md tells of: in its first table for identifiers, in its second for text that must stay. */
const [, identifying = "", harmless = ""] = readFileSync(at("SLOTS.md"), "utf8").split(/^## .*$/m);
const slotsOf = (table: string) =>
  new Map(
    [...table.matchAll(/^\| `@(\w+)` +\| (.*) +\|$/gm)].map(([, slot = "", rest = ""]) => [slot, rest]),
  );
const inside = slotsOf(identifying);
const outside = slotsOf(harmless);

describe("the training templates", () => {
  it("are 1,500 in 15 styles, at least 40 each, half of them without an identifier", () => {
    const styles = by(templates);
    expect(templates.length).toBeGreaterThanOrEqual(1_500);
    expect(styles.size).toBeGreaterThanOrEqual(15);
    for (const [file, some] of styles) expect(some.length, file).toBeGreaterThanOrEqual(40);
    expect(share(templates)).toBeGreaterThanOrEqual(0.5);
  });

  it("use the slots of SLOTS.md, each under a kind that it is made for", () => {
    for (const { file, line, parts } of all)
      for (const { kind, pieces } of parts)
        for (const piece of pieces) {
          if ("text" in piece) continue;
          const slot = piece.slot.toLowerCase();
          const where = `@${piece.slot} in ${file}: ${line}`;
          if (kind === undefined) expect(outside.has(slot), where).toBe(true);
          else
            expect(
              inside
                .get(slot)
                ?.split("|")[0]
                ?.split(", ")
                .map((word) => word.trim()),
              where,
            ).toContain(kind);
        }
  });

  it("mark something in every mark", () => {
    for (const { file, line, parts } of all)
      for (const { kind, pieces } of parts)
        if (kind !== undefined) expect(pieces.length, `${file}: ${line}`).toBeGreaterThan(0);
  });

  it("leave no brace of a mark in the text", () => {
    for (const one of all) expect(text(one), one.file).not.toMatch(/\{\w+:|\{@/);
  });

  it("are each written once, and none is a message of the corpus", () => {
    const texts = all.map(text);
    const frameTexts = frames.map((one) => `${one.file} ${text(one)}`);
    const written = [...all.filter((one) => !frames.includes(one)).map(text), ...frameTexts];
    const twice = written.filter((one, index) => written.indexOf(one) !== index);
    const known = new Set(corpus().map((message) => message.text));
    expect(twice).toEqual([]);
    expect(texts.filter((one) => known.has(one))).toEqual([]);
  });
});

describe("the frames", () => {
  it("are no sentence of a style, so that a style that is left out of training is not told by them", () => {
    const styled = new Set(templates.map((one) => text(one).toLowerCase()));
    expect(frames.map(text).filter((one) => styled.has(one.toLowerCase()))).toEqual([]);
  });
});

describe("the classes of error", () => {
  it("are 20 of at least 20 messages, half of them clean", () => {
    const kinds = by(classes);
    expect(kinds.size).toBe(20);
    for (const [file, some] of kinds) {
      expect(some.length, file).toBeGreaterThanOrEqual(20);
      if (!file.includes("clean-")) expect(share(some), file).toBeGreaterThanOrEqual(0.5);
    }
  });
});

describe("the other languages", () => {
  it("have at least 100 messages each, a third of them clean", () => {
    for (const [file, some] of by(languages)) {
      expect(some.length, file).toBeGreaterThanOrEqual(100);
      expect(share(some), file).toBeGreaterThanOrEqual(1 / 3);
    }
  });
});

describe("the vocabularies", () => {
  it("hold a file for each slot that names one, without doubles", () => {
    const named = [
      ...identifying.matchAll(/`(?:vocabulary\/)?([\w-]+\.txt)`/g),
      ...harmless.matchAll(/`(?:vocabulary\/)?([\w-]+\.txt)`/g),
    ];
    expect(named.length).toBeGreaterThan(20);
    for (const [, name = ""] of named) {
      expect(existsSync(at(`vocabulary/${name}`)), name).toBe(true);
      const words = readFileSync(at(`vocabulary/${name}`), "utf8")
        .trimEnd()
        .split("\n");
      expect(new Set(words).size, name).toBe(words.length);
      expect(words.length, name).toBeGreaterThanOrEqual(30);
    }
  });
});
