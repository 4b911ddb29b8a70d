import { expect, it } from "vitest";
import { isZone, zoneOf } from "./zone.ts";

it("is kept once, however its name is spelt", () => {
  expect(zoneOf("aMERICA/nEW_yORK")).toBe(zoneOf("America/New_York"));
  expect(zoneOf("uS/eASTERN")).toBe(zoneOf("America/New_York"));
  expect(zoneOf("Asia/Kolkata").offset(0)).toBe(330);
});

it("is named, and no offset", () => {
  const names = ["America/New_York", "utc", "Etc/GMT+5", "US/Eastern"];
  expect(names.filter(isZone)).toEqual(names);
  expect(["+05:01", "-05:00", "+0501", "+05", "", "Nowhere/City", "UTC+5"].filter(isZone)).toEqual([]);
});
