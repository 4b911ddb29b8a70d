import { expect, it } from "vitest";
import type { Kind } from "../kinds.ts";
import { countCauses, noCauses, shownCauses } from "./causes.ts";

/** A message whose identifiers stand in brackets, and what of it was found. */
function counted(marked: string, kind: Kind, ...found: string[]): string[] {
  const text = marked.replace(/[[\]]/g, "");
  const start = marked.indexOf("[");
  const spans = start < 0 ? [] : [{ start, end: marked.indexOf("]") - 1, kind }];
  const causes = noCauses();
  const at = found.map((one) => ({ start: text.indexOf(one), end: text.indexOf(one) + one.length, kind }));
  countCauses(
    causes,
    { file: "", text, spans },
    at.map((one) => ({ ...one, score: 1 })),
  );
  return [...causes.lost.keys(), ...causes.hidden.keys(), ...causes.beside.keys()];
}

it.each([
  [
    "a lost name that is a word",
    "Spoke with [Banks] again about bed 4",
    [],
    "name: a name and a word, with a capital, all of it",
  ],
  [
    "in a message of capitals",
    "SPOKE WITH [BANKS] AGAIN ABOUT BED",
    [],
    "name: a name and a word, all in capitals, all of it",
  ],
  ["that no list has", "spoke with [qorvathel] again", [], "name: in no list, all in lower case, all of it"],
  ["the half of one", "Met [Ann Qorvathel] today", ["Ann"], "name: in no list, with a capital, half of it"],
  ["its particle", "Met [van Dyke] today", ["Dyke"], "name: a name and a word, in lower case, its particle"],
  [
    "its other half",
    "Met [Lee-Qorvathel] today",
    ["Lee"],
    "name: in no list, with a capital, joined by a hyphen or an apostrophe",
  ],
  [
    "a word that was hidden",
    "Met her. Banks close at five",
    ["Banks"],
    "name: a name and a word, with a capital, begins a sentence",
  ],
] as const)("tells of %s", (_, marked, found, cause) => {
  expect(counted(marked, "name", ...found)[0]).toBe(cause);
});

it("counts identifiers of a form by their kind, and what tells of a neighbour", () => {
  expect(counted("Her MRN is [4471]", "mrn")).toEqual(["mrn: by its form"]);
  expect(counted("Call Dr. [Banks] about bed 4", "name").slice(1)).toEqual(["after dr"]);
});

it("says the most frequent first", () => {
  const causes = noCauses();
  causes.lost.set("few", 2).set("many", 5);
  expect(shownCauses(causes, 1)).toEqual([
    "lost: 7, of 2 causes",
    "     5  many",
    "wrongly hidden: 0, of 0 causes",
    "lost beside: 0, of 0 causes",
  ]);
});
