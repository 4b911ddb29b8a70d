import { expect, test } from "vitest";
import type { Key } from "../api/admin.ts";
import { canHaveMore, endOf, keysOf, originsFault, originsOf } from "./keys.ts";

const key = (key_id: string, state: Key["state"], day: number, service_id = "s"): Key => ({
  key_id,
  service_id,
  state,
  territory_ids: ["t"],
  subject_origins: [],
  created_at: `2026-05-0${day}T10:00:00.000Z`,
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
});

test("shows a service its own keys, the good ones first", () => {
  const keys = [
    key("old", "live", 1),
    key("gone", "revoked", 4),
    key("new", "live", 3),
    key("x", "live", 2, "o"),
  ];
  const own = keysOf(keys, "s");
  expect(own.map(({ key_id }) => key_id)).toEqual(["new", "old", "gone"]);
  expect(canHaveMore(own)).toBe(false);
  expect(canHaveMore(own.slice(1))).toBe(true);
});

test("takes a day for all of it", () => {
  expect(endOf("2026-05-31")).toBe(new Date(2026, 5, 1).toISOString());
  expect(endOf("")).toBeUndefined();
});

test("takes origins as a list, and says which of them is none", () => {
  expect(originsOf(" https://one.example,https://two.example:8443\nhttps://one.example ")).toEqual([
    "https://one.example",
    "https://two.example:8443",
  ]);
  expect(originsOf(" ")).toEqual([]);
  expect(originsFault("https://one.example https://two.example:8443")).toBeNull();
  expect(originsFault("")).toBeNull();
  for (const wrong of ["https://one.example/", "one.example", "https://one.example/inbox", "*"])
    expect(originsFault(`https://two.example ${wrong}`), wrong).toContain(`${wrong} is no origin`);
});
