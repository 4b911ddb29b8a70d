import { expect, test } from "vitest";
import { chosenIn, firstOf } from "./language.ts";

test.each([
  [["ca", "es-MX", "en"], "es"],
  [["EN-gb", "es"], "en"],
  [["de", "fr"], "en"],
  [[], "en"],
])("a reader of %j gets %s", (tags, language) => {
  expect(firstOf(tags)).toBe(language);
});

test("the language that was chosen counts only where it is one", () => {
  expect(chosenIn("sid=1; tocsin_language=es")).toBe("es");
  expect(chosenIn("tocsin_language=en")).toBe("en");
  expect(chosenIn('other_tocsin_language=es; tocsin_language="><script>')).toBeNull();
  expect(chosenIn("")).toBeNull();
});
