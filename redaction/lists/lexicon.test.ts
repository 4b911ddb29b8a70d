import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  CITY,
  CLINICAL,
  COMMON,
  EPONYM,
  EVERYDAY,
  FIRST_NAME,
  SURNAME,
  isSlipOf,
  lookup,
  lookupPair,
} from "./lexicon.ts";

describe("the lexicon", () => {
  it("is packed from the lists as they are: else run npm run redaction:lists", { timeout: 120_000 }, () => {
    const pack = fileURLToPath(new URL("pack.ts", import.meta.url));
    expect(spawnSync(process.execPath, [pack, "--check"], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });

  it("knows words, and two of them in a row", () => {
    expect(lookup("okafor") & SURNAME).toBe(SURNAME);
    expect(lookup("imogen") & FIRST_NAME).toBe(FIRST_NAME);
    expect(lookupPair("san", "antonio") & CITY).toBe(CITY);
    expect(lookupPair("lambert", "eaton") & EPONYM).toBe(EPONYM);
    expect(lookup("qorvelithz")).toBe(0);
  });

  it("knows a word by two letters swapped, one too many or one too few, and no other slip", () => {
    const isSlip = (word: string): boolean => isSlipOf(word, EVERYDAY | COMMON | CLINICAL);
    expect(["hepairn", "agian", "lunnch", "mornng"].filter((word) => !isSlip(word))).toEqual([]);
    expect(["okafor", "zanbruk", "mxrning"].filter(isSlip)).toEqual([]);
  });
});
