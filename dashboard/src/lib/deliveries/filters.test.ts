import { expect, test } from "vitest";
import { historyQuery, readFilters, writeFilters } from "./filters.ts";

test("keeps the address and the filters in step", () => {
  const filters = {
    territory: "t 1",
    channel: "sms",
    status: "failed",
    from: "2026-05-01",
    to: "2026-05-02",
  } as const;
  expect(readFilters(writeFilters(filters))).toEqual(filters);
});

test("drops what is no status and no day", () => {
  expect(readFilters(new URLSearchParams("status=lost&from=yesterday&to=2026-5-1"))).toEqual({
    territory: "",
    channel: "",
    status: "",
    from: "",
    to: "",
  });
});

test("covers the last day whole, as the reader's calendar has it", () => {
  const query = historyQuery(readFilters(new URLSearchParams("from=2026-05-01&to=2026-05-01")));
  expect(query.get("from")).toBe(new Date(2026, 4, 1).toISOString());
  expect(query.get("to")).toBe(new Date(2026, 4, 2).toISOString());
});
