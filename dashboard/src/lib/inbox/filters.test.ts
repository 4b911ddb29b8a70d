import { expect, test } from "vitest";
import { merge } from "./feed.ts";
import type { Feed } from "./feed.ts";
import type { Boundary, Filters } from "./filters.ts";
import { listQuery, NO_FILTERS, readFilters, select, writeFilters } from "./filters.ts";
import { notification } from "./fixture.ts";

const at = (hour: number) => `2026-05-04T${String(hour).padStart(2, "0")}:00:00.000Z`;
const feed = merge(new Map(), [
  notification({ notification_id: "old-critical", priority: "critical", status: "read", created_at: at(1) }),
  notification({ notification_id: "old", created_at: at(2) }),
  notification({ notification_id: "edge", status: "read", created_at: at(5) }),
  notification({ notification_id: "gone", status: "dismissed", created_at: at(6) }),
  notification({ notification_id: "new", category: "order_update", created_at: at(7) }),
]);
const ids = (list: { notification_id: string }[]) => list.map(({ notification_id }) => notification_id);
const NOW = Date.parse(at(8));
const rest = (...args: [from: Feed, filters: Filters, boundary: Boundary, kept: ReadonlySet<string>]) =>
  ids(select(...args, NOW).rest);
const edge = { notification_id: "edge", created_at: at(5) };

test("keeps the address and the filters in step, and drops what it doesn't know", () => {
  const filters = { show: "unread", category: "patient_alert", priority: "high", words: "" } as const;
  expect(readFilters(writeFilters(filters))).toEqual(filters);
  expect(readFilters(new URLSearchParams("show=x&category=<b>&priority="))).toEqual(NO_FILTERS);
  expect(writeFilters(NO_FILTERS).toString()).toBe("");
  const named: Filters = { ...NO_FILTERS, words: "Ada" };
  expect(writeFilters(named).toString()).toBe("");
});

test("looks for words in title and message, whatever their case", () => {
  expect(listQuery({ ...NO_FILTERS, words: "bed 4" }).toString()).toBe("q=bed+4");
  const named = merge(new Map(), [
    notification({ notification_id: "title", title: "BED 4", message: "Repeat." }),
    notification({ notification_id: "message", title: "Ready", message: "Bed 4 is." }),
    notification({ notification_id: "neither", message: "Bed 5" }),
  ]);
  expect(rest(named, { ...NO_FILTERS, words: "bed 4" }, null, new Set())).toEqual(["title", "message"]);
});

test("asks the server only for what it can filter", () => {
  expect(listQuery({ ...NO_FILTERS, show: "unread", priority: "high" }).toString()).toBe(
    "priority=high&unread=true",
  );
  expect(listQuery(NO_FILTERS).toString()).toBe("");
});

test("shows no holes: nothing from beyond the loaded pages but what waits for an acknowledgement", () => {
  const view = select(feed, NO_FILTERS, edge, new Set(), NOW);
  expect(ids(view.urgent)).toEqual(["old-critical"]);
  expect(ids(view.rest)).toEqual(["new", "edge"]);
  expect(rest(feed, NO_FILTERS, null, new Set())).toEqual(["new", "edge", "old"]);
});

test("hides what is dismissed unless everything is asked for", () => {
  expect(rest(feed, { ...NO_FILTERS, show: "all" }, edge, new Set())).toEqual(["new", "gone", "edge"]);
});

test("keeps what was read in the unread list while it is open", () => {
  const unread = { ...NO_FILTERS, show: "unread" } as const;
  expect(rest(feed, unread, null, new Set())).toEqual(["new", "old"]);
  expect(rest(feed, unread, null, new Set(["edge"]))).toEqual(["new", "edge", "old"]);
});

test("filters by kind, also what is urgent", () => {
  const view = select(feed, { ...NO_FILTERS, category: "order_update" }, null, new Set(), NOW);
  expect(ids(view.urgent)).toEqual([]);
  expect(ids(view.rest)).toEqual(["new"]);
});

test("puts what is snoozed out of the way until then, also what is critical", () => {
  const until = at(9);
  const put = merge(feed, [
    notification({ notification_id: "new", seq: 2, snoozed_until: until, created_at: at(7) }),
    notification({ notification_id: "old-critical", seq: 3, priority: "critical", snoozed_until: until }),
  ]);
  const view = select(put, NO_FILTERS, null, new Set(), NOW);
  expect(ids(view.snoozed).toSorted()).toEqual(["new", "old-critical"]);
  expect(view.urgent).toEqual([]);
  const after = select(put, NO_FILTERS, null, new Set(), Date.parse(until));
  expect(after.snoozed).toEqual([]);
  expect(ids(after.urgent)).toEqual(["old-critical"]);
});
