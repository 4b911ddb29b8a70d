import { expect, test } from "vitest";
import { groupOf, readFilters, reportQuery, writeFilters } from "./filters.ts";
import { groupWords, shareWords } from "./words.ts";

test.each([
  [null, "no target"],
  [1, "100 %"],
  [0.999, "99 %"],
  [0.93, "93 %"],
  [0.001, "1 %"],
  [0, "0 %"],
])("rounds a share of %s to %s, and says neither all nor none of some", (share, words) => {
  expect(shareWords(share)).toBe(words);
});

test("names categories, territories and hours, and what it does not know by its id", () => {
  const territories = new Map([["north", "North Ward"]]);
  expect(groupWords("category", "patient_alert", territories)).toBe("Patient alert");
  expect(groupWords("category", "newer", territories)).toBe("newer");
  expect(groupWords("territory", "north", territories)).toBe("North Ward");
  expect(groupWords("territory", "south", territories)).toBe("south");
  expect(groupWords("role", "none", territories)).toBe("People who have left");
  expect(groupWords("hour", "23", territories)).toBe("23:00 to 00:00");
});

test("keeps filters in the address, and leaves out what says nothing", () => {
  const read = (query: string) => readFilters(new URLSearchParams(query));
  const filters = read("by=hour&territory=north&from=2026-02-30x&to=2026-03-01");
  expect(filters).toEqual({ report: "", territory: "north", by: "hour", from: "", to: "2026-03-01" });
  for (const query of ["by=category&report=times", "by=week", "by=role"])
    expect(String(writeFilters(read(query))), query).toBe("");
  expect(reportQuery(filters, "Asia/Kolkata").get("zone")).toBe("Asia/Kolkata");
  expect(String(reportQuery(read("report=load&by=category"), "UTC"))).toBe("by=category&zone=UTC");
  expect([groupOf(read("")), groupOf(read("report=load")), groupOf(filters)]).toEqual([
    "category",
    "role",
    "hour",
  ]);
});
