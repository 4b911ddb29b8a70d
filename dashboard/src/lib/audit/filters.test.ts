import { expect, test } from "vitest";
import { readFilters, recordQuery, writeFilters } from "./filters.ts";

test("keeps the address and the filters in step, and drops what can't be", () => {
  const text = "actor=user%3Aa&action=session.open&outcome=denied&from=2026-05-04&to=2026-05-05";
  expect(writeFilters(readFilters(new URLSearchParams(text))).toString()).toBe(text);
  expect(writeFilters(readFilters(new URLSearchParams("outcome=x&from=2026-13-99&to=yesterday"))).size).toBe(
    0,
  );
});

test("asks for whole days of the reader's", () => {
  const query = recordQuery(readFilters(new URLSearchParams("from=2026-05-04&to=2026-05-04&object=o")));
  expect(query.get("from")).toBe(new Date(2026, 4, 4).toISOString());
  expect(query.get("to")).toBe(new Date(2026, 4, 5).toISOString());
  expect(query.get("object")).toBe("o");
});
