import { describe, expect, it } from "vitest";
import { redact } from "../index.ts";

const text = (message: string): string => redact(message).text;

describe("a segment of HL7 v2", () => {
  it("loses names, addresses and numbers by their place in it", () => {
    expect(
      text("PID|1||00482917^^^HOSP^MR||QUEST^PLUM^T||19670304|F|||9 ELM WALK^^DOVE^OH^44123||5550142"),
    ).toBe("PID|1||[MRN]^^^HOSP^MR||[NAME]||[DATE]|F|||[LOCATION]^^[LOCATION]^OH^[LOCATION]||[PHONE]");
    expect(text("ROL|1|AD|AT|MARGIN^PLUM^^^DR")).toMatch(/^ROL\|1\|AD\|AT\|\[NAME\](?:\^\[NAME\])?\^\^\^DR$/);
    expect(text("MSH|^~\\&|LAB|NORTH|EHR|Table|||ORU^R01")).toBe(
      "MSH|^~\\&|LAB|[FACILITY]|EHR|[FACILITY]|||ORU^R01",
    );
    expect(text("NK1|1|CLAY^WINTER|SPO^Spouse")).toBe("NK1|1|[NAME]|SPO^Spouse");
  });

  it("keeps its codes, units, tables and results", () => {
    for (const message of [
      "OBX|1|NM|2823-3^Potassium^LN||6.2|mmol/L|3.5-5.1|HH|||F",
      "AL1|2|FA|^Peanut|MO|Hives",
      "OBX|1|CE|600-7^Bacteria identified^LN||112283007^Escherichia coli^SCT||||||F",
      "RXR|IM^Intramuscular^HL70162|LD^Left Deltoid^HL70163",
    ])
      expect(text(message)).toBe(message);
  });

  it("is nothing without a segment's name", () => {
    expect(text("Bed 4 | stable | no pain")).toBe("Bed 4 | stable | no pain");
  });
});
