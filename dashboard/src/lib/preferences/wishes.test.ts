import { expect, test } from "vitest";
import type { Wanted } from "../api/preferences.ts";
import { change, placeWords, sourceWords, wishAt } from "./wishes.ts";

const EMAIL = { category: "order_update", channel: "email" } as const;
const ALL_EMAIL = { category: "all", channel: "email" } as const;
const ORDERS = { category: "order_update", channel: "all" } as const;
const ALL = { category: "all", channel: "all" } as const;

test("lets the most specific word count: category and channel, category, channel, everything", () => {
  const wanted: Wanted = { all: { all: false, email: true }, order_update: { all: false } };
  expect(wishAt(wanted, EMAIL)).toEqual({ wanted: false, from: ORDERS });
  expect(wishAt({ all: { all: false, email: true } }, EMAIL)).toEqual({ wanted: true, from: ALL_EMAIL });
  expect(wishAt({ all: { all: false } }, EMAIL)).toEqual({ wanted: false, from: ALL });
  expect(wishAt({ ...wanted, order_update: { email: true } }, EMAIL)).toEqual({ wanted: true, from: EMAIL });
  expect(wishAt({}, EMAIL)).toEqual({ wanted: true, from: null });
});

test("sets a word, and takes it back where it says what goes anyway", () => {
  const off = change({}, ALL_EMAIL, false);
  expect(off).toEqual({ all: { email: false } });
  const but = change(off, EMAIL, true);
  expect(but).toEqual({ all: { email: false }, order_update: { email: true } });
  expect(change(but, EMAIL, false)).toEqual(off);
  expect(change(off, ALL_EMAIL, true)).toEqual({});
  expect(change(but, ALL_EMAIL, true)).toEqual({ order_update: { email: true } });
});

test("a channel of another plugin is off until somebody turns it on", () => {
  const place = { category: "order_update", channel: "fax" } as const;
  expect(wishAt({}, place)).toEqual({ wanted: false, from: null });
  expect(change({}, place, true)).toEqual({ order_update: { fax: true } });
  expect(change({ order_update: { fax: true } }, place, false)).toEqual({});
});

test("says where a setting comes from", () => {
  const wanted: Wanted = { all: { email: false } };
  expect(sourceWords(EMAIL, wishAt(wanted, EMAIL))).toBe("Follows everything by Email");
  expect(sourceWords(ALL_EMAIL, wishAt(wanted, ALL_EMAIL))).toBe("Set here");
  expect(sourceWords(ALL, wishAt(wanted, ALL))).toBe("Default");
  expect(placeWords(ORDERS)).toBe("Order update by every channel");
});
