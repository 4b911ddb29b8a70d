import { describe, expect, it } from "vitest";
import { redact } from "../index.ts";
import { takeBeside } from "./beside.ts";
import { tokenize } from "./tokens.ts";

const NAME = 1;
const FACILITY = 3;

/** The words with a label, once those of one word are taken further. */
function taken(text: string, word: string, label: number): string[] {
  const tokens = tokenize(text);
  const labels = Uint8Array.from(tokens, (token) => (token.text === word ? label : 0));
  takeBeside(text, tokens, labels);
  return tokens.filter((_, i) => labels[i] !== 0).map((token) => token.text);
}

describe("what stands before a name or a place", () => {
  it.each([
    ["a first name that no list has", "Quorsabel Osakwe is back from CT.", "Osakwe", "Quorsabel Osakwe"],
    [
      "an everyday word where a person is spoken to",
      "Lantern Osakwe, your splint is ready.",
      "Osakwe",
      "Lantern Osakwe",
    ],
    ["a word with a capital after a title", "Dr. Kettle has gone home", "", "Kettle"],
    ["two capitals around a particle", "Ysoudrel van Merrewixk spoke.", "", "Ysoudrel van Merrewixk"],
  ])("is part of it: %s", (_, text, word, whole) => {
    expect(taken(text, word, NAME).join(" ")).toBe(whole);
  });

  it("is part of it: the proper half of a hospital's name", () => {
    expect(taken("from Presbyterian Hospital", "Hospital", FACILITY)).toEqual(["Presbyterian", "Hospital"]);
  });

  it.each([
    ["a role", "Nurse Osakwe, your badge is ready."],
    ["a greeting", "Thanks Osakwe, we got it."],
    ["a title", "Mrs. Osakwe, please come in."],
    ["an everyday word that nobody is called by", "Splint Osakwe before noon."],
    ["a drug", "Heparin Osakwe, please"],
    ["a word in another sentence", "Quorsabel. Osakwe is back."],
  ])("is left: %s", (_, text) => {
    expect(taken(text, "Osakwe", NAME)).toEqual(["Osakwe"]);
  });
});

it("a title before a name stays", () => {
  expect(redact("Seen today: Mrs. Quillfeather, stable").text).toBe("Seen today: Mrs. [NAME], stable");
});
