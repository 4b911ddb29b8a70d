import { expect, test } from "vitest";
import { writeFilters } from "../filters.ts";
import { readFilters } from "./filters.ts";

test("filters come back from an address as they were written, and what means nothing filters nothing", () => {
  const filters = { territory: "north hospital & more", state: "exhausted" as const };
  expect(readFilters(writeFilters(filters))).toEqual(filters);
  expect(readFilters(new URLSearchParams("state=later"))).toEqual({ territory: "", state: "" });
});
