import { describe, expect, it } from "vitest";
import { redact, VERSION } from "./index.ts";

const text = (value: string, options = {}) => redact(value, options).text;

describe("a redacted message", () => {
  it("has a fixed placeholder for each identifier", () => {
    expect(text("Notify Dr. Ostrander about Imogen Vance, MRN 00482917, at 555-201-4478.")).toBe(
      "Notify Dr. [NAME] about [NAME], MRN [MRN], at [PHONE].",
    );
    expect(text("Seen 03/14/2025 at Fairbrook Clinic, SSN 219-09-9999.")).toBe(
      "Seen [DATE] at [FACILITY], SSN [SSN].",
    );
  });

  it("keeps a title, and a value that stands right after a name", () => {
    expect(text("Seen today: Mrs. Quillfeather, K+ 6.8, Na+ 128")).toBe(
      "Seen today: Mrs. [NAME], K+ 6.8, Na+ 128",
    );
  });

  it("says which signals spoke for the words of names and places, where that is asked for", () => {
    const message = "Ask Mrs. Quillfeather on 03/14/2025";
    const { why = [] } = redact(message, { explain: true });
    expect(why.map(({ start, end }) => message.slice(start, end))).toEqual(["Quillfeather"]);
    expect(redact(message)).not.toHaveProperty("why");
  });

  it("says where each identifier was, by kind, and how many there were", () => {
    const { spans, rules } = redact("Call Imogen Vance or Imogen's son at 555-201-4478.");
    expect(spans).toEqual([
      { start: 5, end: 17, kind: "name" },
      { start: 21, end: 27, kind: "name" },
      { start: 37, end: 49, kind: "phone" },
    ]);
    expect(rules).toEqual({ version: VERSION, counts: { name: 2, phone: 1 } });
  });

  it("keeps what is clinical", () => {
    for (const message of [
      "BP 120/80, K+ 6.8 mmol/L, pain 5/10.",
      "CT abdomen in 2 h; Bed 4 is ready.",
      "Positive Murphy sign; stop St. John's wort.",
      "Warfarin 5 mg PO at 21:00, INR 2.4.",
    ]) {
      expect(text(message)).toBe(message);
    }
  });

  it("writes ages over 89 as 90+ and leaves the others", () => {
    expect(text("A 93-year-old man and an 89-year-old woman.")).toBe(
      "A 90+-year-old man and an 89-year-old woman.",
    );
  });

  it("keeps a year but no other part of a date", () => {
    expect(text("Stroke in 2019, seen again March 4th, 2025 at 14:30.")).toBe(
      "Stroke in 2019, seen again [DATE] at 14:30.",
    );
  });

  it("drops ZIP codes whole", () => {
    expect(text("Lives at 48 Larkspur Lane, Tolland, CT 06084.")).not.toMatch(/06084|060|Larkspur|Tolland/);
  });

  it("points into the original where it holds invisible and wide characters", () => {
    const message = "SSN \u200b２19\u200b-09-9999 on file 🙂";
    const { spans, text: redacted } = redact(message);
    expect(redacted).toMatch(/^SSN \u200b?\[SSN\] on file 🙂$/);
    expect(message.slice(spans[0]?.start, spans[0]?.end)).toContain("19\u200b-09-9999");
  });

  it("keeps lone surrogates and empty text", () => {
    expect(text("")).toBe("");
    expect(text("\ud800 BP 120/80")).toBe("\ud800 BP 120/80");
  });
});

describe("options", () => {
  const message = "Imogen Vance, SSN 219-09-9999, at Fairbrook Clinic";

  it("choose kinds", () => {
    expect(text(message, { kinds: ["ssn"] })).toBe("Imogen Vance, SSN [SSN], at Fairbrook Clinic");
  });

  it("leave facilities", () => {
    expect(text(message, { facilities: false })).toBe("[NAME], SSN [SSN], at Fairbrook Clinic");
  });

  it("add a territory's patterns", () => {
    expect(text("Locker qx-4 is open", { patterns: [{ kind: "other_id", source: "\\bqx-\\d" }] })).toBe(
      "Locker [ID] is open",
    );
    expect(() => text("a", { patterns: [{ kind: "other_id", source: "(a+)+" }] })).toThrow(RangeError);
  });

  it("redact what is known, whatever the kinds", () => {
    const known = [{ kind: "patient_name", value: "Will Young" }];
    expect(text("young, w. will see you; Will Y. agreed", { known, kinds: [] })).not.toMatch(
      /Will Y|young, w\b/,
    );
    expect(text("you will see", { known, kinds: [] })).toBe("you will see");
  });
});
