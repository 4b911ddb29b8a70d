import { describe, expect, it } from "vitest";
import { redact } from "../index.ts";

describe("a street with its number", () => {
  it("is found after a time and after other numbers", () => {
    for (const before of ["13:36 from", "between 9 and 11 to", "5 of"]) {
      const { text } = redact(`Ride confirmed: ${before} 5589 W Maplewick Place, side door.`);
      expect(text, before).toContain(`${before} [LOCATION], side door.`);
    }
  });

  it("does not begin with a count of something else", () => {
    for (const text of ["2 of the tubes drive the pump.", "Give 100 mg and drive carefully."])
      expect(redact(text).text).toBe(text);
  });
});
