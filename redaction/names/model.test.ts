import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyze } from "../analyze.ts";
import { templates } from "../training/examples.ts";
import { teach } from "../training/teach.ts";
import { read, write } from "./model.ts";
import { TEMPLATES } from "./templates.ts";
import { why } from "./why.ts";

const at = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));
const some = templates().filter((_, i) => i % 12 === 0);

describe("the model", () => {
  it("is the file whose hash is on record, of 300 KB at most", () => {
    const file = at("weights.bin");
    expect(file.length).toBeLessThanOrEqual(300 * 1024);
    expect(createHash("sha256").update(file).digest("hex")).toBe(at("weights.sha256").toString().trim());
  });

  it("comes out the same each time it is trained, byte for byte", { timeout: 120_000 }, () => {
    const first = write(teach(some, { fills: 2, rounds: 2 }));
    expect(write(teach(some, { fills: 2, rounds: 2 })).equals(first)).toBe(true);
    expect(write(teach(some.slice(1), { fills: 2, rounds: 2 })).equals(first)).toBe(false);
  });

  it(
    "finds names that no list has by what stands around them, once it is trained",
    { timeout: 120_000 },
    () => {
      const model = read(write(teach(some, { fills: 4, rounds: 4 })));
      const found = (text: string) =>
        analyze(text, {}, [], model).map(({ start, end }) => text.slice(start, end));
      expect(found("Patient Qorvelith Zanbruk needs a new line.")).toEqual(["Qorvelith Zanbruk"]);
      expect(found("Start apixaban for the clot.")).toEqual([]);
    },
  );
});

describe("why", () => {
  it("tells the signals that weigh most, in order, for each word of a span", () => {
    const text = "Seen today: Mrs. Okafor, room 4";
    const [word, ...others] = why(text, [{ start: 17, end: 23 }]);
    expect(others).toEqual([]);
    expect(word).toMatchObject({ start: 17, end: 23, label: "name" });
    const weights = word?.reasons.map(({ weight }) => Math.abs(weight)) ?? [];
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect(weights.length).toBeGreaterThan(0);
    for (const { signal } of word?.reasons ?? []) expect(TEMPLATES.map(([name]) => name)).toContain(signal);
  });

  it("gives places in the text as it was written", () => {
    const text = "Dr. \u200bOrla\u0301 is here";
    const [word] = why(text, [{ start: 4, end: 10 }]);
    expect(text.slice(word?.start, word?.end)).toContain("Orl");
  });
});
