import { expect, it } from "vitest";
import { Id, Name } from "./schema.ts";

it.each([
  ["a zero-width space", "Ada\u200b Example"],
  ["a soft hyphen", "Ada Ex\u00adample"],
  ["a byte order mark", "Ada\ufeff"],
  ["another order of letters", "\u202eelpmaxE adA"],
  ["an isolate", "Ada \u2066Example"],
  ["a right-to-left mark", "Ada\u200f"],
  ["a joiner between Latin letters", "Ad\u200da"],
  ["a joiner behind an accent", "Ada\u0301\u200d"],
  ["a non-joiner between Cyrillic letters", "А\u200cда"],
  ["a filler", "Ada\u3164"],
  ["a variation of a letter", "Ada\ufe0f"],
  ["a line's end", "Ada\u2028Example"],
])("no name holds %s", (_, name) => {
  expect(Name.safeParse(name).success).toBe(false);
});

it.each([
  "Ada Example",
  "Zoë Müller-O’Neill",
  "علی\u200cرضا",
  "क्\u200dषमा",
  "田中 花子",
  "Ward 👩🏽\u200d⚕\ufe0f",
  "e\u0301",
])("%s is a name", (name) => {
  expect(Name.parse(name)).toBe(name);
});

it("no id is a part of paths that leads elsewhere", () => {
  for (const id of [".", ".."]) expect(Id.safeParse(id).success).toBe(false);
  for (const id of ["...", ".a", "a..", "a.example"]) expect(Id.parse(id)).toBe(id);
});
