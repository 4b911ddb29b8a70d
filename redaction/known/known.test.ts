import { describe, expect, it } from "vitest";
import { MOST_KNOWN, MOST_KNOWN_UNITS, redact } from "../index.ts";

const left = (text: string, kind: string, value: string) =>
  redact(text, { known: [{ kind, value }], kinds: [] }).text;

describe("a known name", () => {
  it.each([
    "Ada Byron King",
    "King, Ada",
    "KING, ADA B.",
    "A. B. King",
    "Ada K.",
    "ada king",
    "A.B.K.",
    "ABK",
    "Mrs King",
    "King's",
    "AdaKing",
    "ada.king",
    "A d a  K i n g",
    "Ada-King",
    "ADA",
    "4da K1ng",
  ])("is found as %s", (form) => {
    expect(left(`see ${form}, bed 4`, "name", "Ada Byron King")).not.toMatch(
      /ada|king|4da|k1ng|A d a|A\.|ABK/i,
    );
  });

  it("leaves words and abbreviations that only look like it", () => {
    expect(left("CT head; making rounds; you will see", "name", "Carl Thomas Will")).toBe(
      "CT head; making rounds; you will see",
    );
  });
});

describe("a known date", () => {
  it.each([
    "1967-03-04",
    "3/4/1967",
    "03/04/67",
    "4.3.1967",
    "March 4, 1967",
    "4 Mar 1967",
    "Mar. 4th, '67",
    "4th of March",
    "19670304",
    "03041967",
    "4-MAR-67",
    "March 4",
  ])("is found as %s", (form) => {
    expect(left(`born ${form}, well`, "dob", "1967-03-04")).toBe("born [DATE], well");
  });
});

describe("a known number", () => {
  it.each([
    ["phone", "+1 (555) 201-4478", "555.201.4478"],
    ["phone", "+1 (555) 201-4478", "201-4478"],
    ["phone", "5552014478", "5 5 5 2 0 1 4 4 7 8"],
    ["mrn", "MRN-00482917", "482917"],
    ["mrn", "SMH-987654", "smh 987 654"],
    ["ssn", "219-09-9998", "219099998"],
    ["ssn", "219-09-9998", "9998"],
    ["address", "48 Larkspur Lane, Tolland, CT 06084", "48 larkspur lane"],
    ["address", "48 Larkspur Lane, Tolland, CT 06084", "TOLLAND"],
    ["email", "ada.king@example.org", "ada.king"],
  ])("%s %s is found as %s", (kind, value, form) => {
    expect(left(`note ${form} end`, kind, value)).toMatch(/^note \[[A-Z]+\] end$/);
  });
});

describe("what is known", () => {
  it("has bounds", () => {
    const known = (count: number, length: number) =>
      Array.from({ length: count }, () => ({ kind: "mrn", value: "7".repeat(length) }));
    expect(redact("a 7777 b", { known: known(MOST_KNOWN, 4) }).text).toBe("a [MRN] b");
    expect(() => redact("a", { known: known(MOST_KNOWN + 1, 4) })).toThrow(RangeError);
    expect(redact("a", { known: known(1, MOST_KNOWN_UNITS) }).text).toBe("a");
    expect(() => redact("a", { known: known(2, MOST_KNOWN_UNITS / 2 + 1) })).toThrow(RangeError);
  });

  it("is found whole where values overlap, and each by its own kind", () => {
    const known = [
      { kind: "mrn", value: "4829" },
      { kind: "account", value: "7-4829-17" },
      { kind: "name", value: "Quill" },
    ];
    expect(redact("7 4829 17 and 4829, quill", { known, kinds: [] }).text).toBe(
      "[ACCOUNT] and [MRN], [NAME]",
    );
  });
});
