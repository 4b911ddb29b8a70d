import { expect, test } from "vitest";
import { renew } from "./renewal.ts";

const key = (item: string): string => item.charAt(0);
const renewed = (shown: string, read: string, whole = false) => {
  const { items, arrivals, gone } = renew(shown.split(" "), read.split(" "), key, whole);
  return { items: items.join(" "), arrivals: arrivals.join(" "), gone: [...gone].join(" ") };
};

test("shows each item as it is now, in its place, and has what is new wait", () => {
  expect(renewed("c b a", "e d c2 b a3")).toEqual({ items: "c2 b a3", arrivals: "e d", gone: "" });
  // One that matches only now, between two that are shown.
  expect(renewed("c a", "c b a")).toEqual({ items: "c a", arrivals: "b", gone: "" });
});

test("keeps the place of what is not found any more, as far down as was read", () => {
  expect(renewed("d c b a", "d b")).toEqual({ items: "d c b a", arrivals: "", gone: "c" });
  expect(renewed("d c b a", "d b", true)).toEqual({ items: "d c b a", arrivals: "", gone: "c a" });
});

test("appends what follows the last one only where the list ends there", () => {
  expect(renewed("a b", "a b c")).toEqual({ items: "a b", arrivals: "", gone: "" });
  expect(renewed("a b", "a b c", true)).toEqual({ items: "a b c", arrivals: "", gone: "" });
});

test("has everything wait where nothing that is shown is found", () => {
  expect(renewed("a", "d c")).toEqual({ items: "a", arrivals: "d c", gone: "" });
});
