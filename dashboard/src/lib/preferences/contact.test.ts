import { expect, test } from "vitest";
import type { ContactPoint } from "../api/preferences.ts";
import { addressKind, stateOf } from "./contact.ts";

const NOW = Date.parse("2026-05-04T10:00:00.000Z");
const point = (fields: Partial<ContactPoint>): ContactPoint => ({
  channel: "email",
  address: null,
  verified_at: null,
  pending_address: null,
  code_expires_at: null,
  ...fields,
});

test("knows how far an address has come", () => {
  const waiting = { pending_address: "a@example.org", code_expires_at: "2026-05-04T10:05:00.000Z" };
  expect(stateOf(null, NOW)).toBe("none");
  expect(stateOf(point(waiting), NOW)).toBe("pending");
  expect(stateOf(point({ ...waiting, address: "b@example.org" }), NOW)).toBe("changing");
  expect(stateOf(point(waiting), NOW + 600_000)).toBe("lapsed");
  expect(stateOf(point({ address: "b@example.org" }), NOW)).toBe("verified");
});

test("asks for an address of the channel's kind, also of one it doesn't know", () => {
  expect(addressKind("sms").type).toBe("tel");
  expect(addressKind("pager").label).toBe("Address for pager");
});
