import { expect, it } from "vitest";
import { zoneOf } from "./zone.ts";

it("is kept once, however its name is spelt", () => {
  expect(zoneOf("aMERICA/nEW_yORK")).toBe(zoneOf("America/New_York"));
  expect(zoneOf("uS/eASTERN")).toBe(zoneOf("America/New_York"));
  expect(zoneOf("Asia/Kolkata").offset(0)).toBe(330);
});
