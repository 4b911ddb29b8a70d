import { expect, test } from "vitest";
import { readFilters, recordQuery, writeFilters } from "./filters.ts";

test("keeps the address and the filters in step, and drops what can't be", () => {
  const text =
    "actor=user%3Aa&action=session.open&outcome=denied&from=2026-05-04T08%3A00&to=2026-05-05T09%3A30";
  expect(writeFilters(readFilters(new URLSearchParams(text))).toString()).toBe(text);
  expect(writeFilters(readFilters(new URLSearchParams("outcome=x&from=2026-13-99&to=yesterday"))).size).toBe(
    0,
  );
});

test("asks for minutes by the reader's clock, the last one included", () => {
  const address = "from=2026-05-04T14:00&to=2026-05-04T14:05&person=a.example";
  const query = recordQuery(readFilters(new URLSearchParams(address)));
  expect(query.get("from")).toBe(new Date(2026, 4, 4, 14, 0).toISOString());
  expect(query.get("to")).toBe(new Date(2026, 4, 4, 14, 6).toISOString());
  expect(query.get("person")).toBe("a.example");
});

test("takes a day of an older address for the whole of it", () => {
  const query = recordQuery(readFilters(new URLSearchParams("from=2026-05-04&to=2026-05-04&object=o")));
  expect(query.get("from")).toBe(new Date(2026, 4, 4).toISOString());
  expect(query.get("to")).toBe(new Date(2026, 4, 5).toISOString());
  expect(query.get("object")).toBe("o");
});
