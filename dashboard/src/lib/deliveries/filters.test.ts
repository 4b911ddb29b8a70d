import { expect, test } from "vitest";
import { chartQuery, historyQuery, idFault, readFilters, writeFilters } from "./filters.ts";

const ID = "0195a1f0-5c01-7000-8000-000000000002";
const NONE = readFilters(new URLSearchParams());

test("keeps the address and the filters in step", () => {
  const filters = {
    id: ID,
    recipient: "a.example",
    territory: "t 1",
    priority: "critical",
    category: "patient_alert",
    channel: "sms",
    status: "failed",
    acknowledged: "no",
    from: "2026-05-01",
    to: "2026-05-02",
    charts: "yes",
  } as const;
  expect(readFilters(writeFilters(filters))).toEqual(filters);
  const query = historyQuery(filters);
  expect([...query.keys()].sort()).toEqual(
    Object.keys(filters)
      .filter((name) => name !== "charts")
      .sort(),
  );
});

test("drops what is no status, no priority and no day", () => {
  const query = new URLSearchParams(
    "status=lost&priority=loud&category=other&acknowledged=perhaps&charts=no&from=yesterday&to=2026-5-1",
  );
  expect(readFilters(query)).toEqual(NONE);
  expect(Object.values(NONE).every((value) => value === "")).toBe(true);
});

test("says what is no id, and does not ask for it", () => {
  expect([idFault(""), idFault(ID)]).toEqual([null, null]);
  expect(idFault("potassium")).not.toBeNull();
  expect(String(historyQuery({ ...NONE, id: "potassium" }))).toBe("");
  expect(String(historyQuery({ ...NONE, id: ID }))).toBe(`id=${ID}`);
});

test("covers the last day whole, as the reader's calendar has it", () => {
  const query = historyQuery(readFilters(new URLSearchParams("from=2026-05-01&to=2026-05-01")));
  expect(query.get("from")).toBe(new Date(2026, 4, 1).toISOString());
  expect(query.get("to")).toBe(new Date(2026, 4, 2).toISOString());
});

test("draws the charts of the place and the time alone", () => {
  const filters = { ...NONE, territory: "north", status: "failed", from: "2026-05-01" } as const;
  expect([...chartQuery(filters).keys()].sort()).toEqual(["from", "territory", "zone"]);
});
