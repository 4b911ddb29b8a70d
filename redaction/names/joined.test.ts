import { describe, expect, it } from "vitest";
import { takeJoined } from "./joined.ts";
import { tokenize } from "./tokens.ts";

/** The words that are a name (1), a place (2) or a place of care (3), once these are known for one. */
function labelled(text: string, known: Record<string, number>): Record<string, number> {
  const tokens = tokenize(text);
  const labels = Uint8Array.from(tokens, (token) => known[token.text] ?? 0);
  takeJoined(text, tokens, labels);
  return Object.fromEntries(
    tokens.map((token, i) => [token.text, labels[i] ?? 0] as const).filter(([, label]) => label > 0),
  );
}

describe("what is joined to a name", () => {
  it("is the other component of a field", () => {
    expect(labelled("Two in one: QUEST^PLUM.", { PLUM: 1 })).toEqual({ QUEST: 1, PLUM: 1 });
    expect(labelled("quest^PLUM", { PLUM: 1 })).toEqual({ PLUM: 1 });
  });

  it("is a word before it that is a name too and whose capital nothing else explains", () => {
    expect(labelled("we could not reach Star Quill", { Quill: 1 })).toEqual({ Star: 1, Quill: 1 });
    for (const text of ["on Monday Quill called", "Star Quill", "New Star Quill", "the Nurse Quill"])
      expect(labelled(text, { Quill: 1 }), text).toEqual({ Quill: 1 });
  });

  it("is one capital after a surname, a comma and a first name", () => {
    expect(labelled("QUEST,PLUM N MRN", { QUEST: 1, PLUM: 1 })).toEqual({ QUEST: 1, PLUM: 1, N: 1 });
    expect(labelled("QUEST PLUM N MRN", { QUEST: 1, PLUM: 1 })).toEqual({ QUEST: 1, PLUM: 1 });
  });

  it("is the last of a list, but nothing that lists know for something else", () => {
    const known = { Quill: 1, Tealight: 1 };
    expect(labelled("three of them: Quill, Tealight, Vorsenk.", known)).toEqual({ ...known, Vorsenk: 1 });
    for (const text of ["of them: Quill, Tealight, Ativan.", "of them: Quill, Tealight, Vorsenk 5 mg"])
      expect(labelled(text, known), text).toEqual(known);
  });

  it("makes a place of care of it", () => {
    expect(labelled("call Quill Hospice at noon", { Quill: 1 })).toEqual({ Quill: 3, Hospice: 3 });
    expect(labelled("at Red Quill Urgent Care", { Red: 2, Quill: 2 })).toMatchObject({
      Red: 3,
      Quill: 3,
      Urgent: 3,
    });
    expect(labelled("Quill's Hospice nurse", { Quill: 1 })).toEqual({ Quill: 1 });
  });
});
