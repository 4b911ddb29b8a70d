import { expect, test } from "vitest";
import { SKIP_REASONS } from "../contract.ts";
import { reasonOf, reasonText } from "./reasons.ts";
import { stepWords, toneOf } from "./steps.ts";

test.each(SKIP_REASONS)("explains %s in a sentence", (reason) => {
  const text = reasonText(reason);
  expect(text).toMatch(/^[A-Z].*\.$/);
  expect(text).not.toContain("gave the reason");
  expect(text).not.toContain("_");
});

test("still says what an unknown slug is, and nothing where there is no reason", () => {
  expect(reasonText("carrier_blocked")).toBe("The channel gave the reason “carrier blocked”.");
  expect(reasonText("constructor")).toBe("The channel gave the reason “constructor”.");
  expect(reasonText(null)).toBeNull();
});

test("names each step, with the attempt from the second on", () => {
  const event = { delivery_id: "d", channel: "sms", at: "", reason: null };
  expect(stepWords({ ...event, status: "failed", attempt: 1 })).toBe("SMS: failed");
  expect(stepWords({ ...event, status: "claimed", attempt: 2 })).toBe("SMS: being sent (attempt 2)");
  expect(stepWords({ ...event, channel: null, status: "accepted", attempt: null })).toBe(
    "Accepted by Tocsin",
  );
  expect(toneOf("failed")).toBe("bad");
  expect(toneOf("something_else")).toBe("neutral");
});

test("says that a critical notification passed over a wish", () => {
  const event = { status: "overridden", reason: "preference" };
  expect(reasonOf(event)).toContain("critical");
  expect(reasonOf({ ...event, status: "skipped" })).toBe(reasonText("preference"));
  expect(stepWords({ ...event, channel: "email", delivery_id: "d", at: "", attempt: null })).toBe(
    "Email: used against the recipient's wish",
  );
});

test.each([
  ["seen", null, "Seen by the recipient"],
  ["closed", null, "Ended by a supervisor, unacknowledged"],
  ["repeated", null, "Sent again by its sender"],
  ["raised", "to_critical", "Sent again by its sender, more urgent"],
  ["resolved", null, "Resolved by its sender"],
  ["replaced", null, "Replaced by a corrected one"],
  ["escalated", "to_supervisor", "Escalated"],
  ["escalated", "to_last_resort", "Escalated to the last resort"],
])("names the step %s (%s) of the whole notification", (status, reason, words) => {
  expect(stepWords({ delivery_id: null, channel: null, at: "", status, reason, attempt: null })).toBe(words);
});

test("says that what falls in quiet hours waits, where it only waits", () => {
  const event = { delivery_id: "d", channel: "sms", at: "", reason: "quiet_hours", attempt: null };
  expect(stepWords({ ...event, status: "held" })).toBe("SMS: held for quiet hours");
  const waits = "It waits until the recipient's quiet hours end.";
  expect([reasonOf({ ...event, status: "held" }), reasonOf({ ...event, status: "queued" })]).toEqual([
    waits,
    waits,
  ]);
  expect(reasonOf({ ...event, status: "skipped" })).toBe(reasonText("quiet_hours"));
  const held_until = "2026-02-03T07:00:00.000Z";
  expect(reasonOf({ ...event, status: "queued", held_until }, "en-GB", "UTC")).toBe(
    "Held by quiet hours until 07:00.",
  );
});
