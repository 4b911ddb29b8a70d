import { describe, expect, it } from "vitest";
import { redact } from "../../index.ts";
import { phrases } from "../../training/examples.ts";

/** What may stand around a phrase; the model has seen none of these. A name among them is redacted as ever. */
const POSITIONS: [where: string, frame: string][] = [
  ["alone", "%"],
  ["at the start", "% noted on rounds."],
  ["at the start of a line", "%\nrepeat in 4 h"],
  ["before a semicolon", "%; recheck later"],
  ["in the middle", "Overnight: % again, please review."],
  ["after a colon", "Please note: %"],
  ["at the end", "Please review %."],
  ["in brackets", "Reviewed and agreed (%)"],
  ["after a name and a colon", "Ms. Okafor: %"],
  ["after a name and a comma", "Ms. Okafor, %, stable."],
];
/** "Ms. Okafor, 104 F" tells an age, and "Ms. Okafor, Raynaud" may be two people: after a comma they may go. */
const OF_A_PERSON = /^(?:\d+ F|\p{Lu}\p{Ll}+)$/u;
/** What capitals would make into other words: symbols, paths, and abbreviations that are also names. */
const CASED = /\p{Ll}\p{Lu}|\.\p{L}|^(?:MAE|[A-Z]\p{Ll}\b)/u;

const all = phrases();

/** The texts in which a phrase was changed, beside what became of them. */
function changed(frame: string, some: readonly string[]): string[] {
  return some.flatMap((phrase) => {
    const text = frame.replace("%", () => phrase);
    const out = redact(text).text;
    return out === text.replace("Ms. Okafor", "Ms. [NAME]") ? [] : [`${text} → ${out}`];
  });
}

describe("clinical phrases", () => {
  it("are 300 at least, each once", () => {
    expect(all.length).toBeGreaterThanOrEqual(300);
    expect(new Set(all).size).toBe(all.length);
  });

  it.each(POSITIONS)("stay as they are %s", (where, frame) => {
    const some = where.endsWith("a comma") ? all.filter((phrase) => !OF_A_PERSON.test(phrase)) : all;
    expect(changed(frame, some)).toEqual([]);
  });

  it("stay as they are in capitals", () => {
    const some = all.filter((phrase) => !CASED.test(phrase)).map((phrase) => phrase.toUpperCase());
    expect(some.length).toBeGreaterThanOrEqual(200);
    expect(changed("PLEASE REVIEW % TODAY", some)).toEqual([]);
  });
});

describe("a name", () => {
  it("goes where a phrase of its letters would stay", () => {
    for (const [text, name] of [
      ["Mae Okonjo called about bed 4", "Mae Okonjo"],
      ["Dr. Morse 55 minutes late", "Morse"],
      ["Nurse Tanner 3 calls missed", "Tanner"],
      ["Call Sofia Weber back", "Sofia Weber"],
      ["Mr. West 5 mg given", "West"],
      ["Pt, a 103 F with a hip fracture", "103"],
    ] as const)
      expect(redact(text).text, text).not.toContain(name);
  });
});
