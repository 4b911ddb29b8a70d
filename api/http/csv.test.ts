import { describe, expect, it } from "vitest";
import { toCsv } from "./csv.ts";

describe("toCsv", () => {
  it("quotes what would break the table, and leaves null empty", () => {
    expect(
      toCsv(
        ["a", "b"],
        [
          { a: 'x "y", z', b: null },
          { a: "two\r\nlines", b: -5 },
        ],
      ),
    ).toBe('a,b\r\n"x ""y"", z",\r\n"two\r\nlines",-5\r\n');
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("x")'])(
    "keeps %j from running as a formula",
    (text) => {
      const [, line = ""] = toCsv(["a"], [{ a: text }]).split(/^a\r\n/);
      expect(line).toMatch(/^"?'/);
    },
  );
});
