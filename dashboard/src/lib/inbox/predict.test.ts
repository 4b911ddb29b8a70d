import { expect, test } from "vitest";
import { canDismiss, needsAcknowledgement } from "./feed.ts";
import { notification } from "./fixture.ts";
import { predict } from "./predict.ts";

const AT = "2026-05-04T11:00:00.000Z";
const critical = notification({ priority: "critical", status: "delivered" });

test("shows an acknowledgement before its answer, and what has to be read back only after it", () => {
  expect(predict(critical, "acknowledge", undefined, AT)).toMatchObject({
    status: "acknowledged",
    acknowledged_at: AT,
    acknowledged_by: null,
  });
  const told = notification({ priority: "critical", read_back: true });
  expect(predict(told, "acknowledge", { read_back: "6.8" }, AT)).toBe(told);
  for (const act of ["decline", "complete", "unacknowledge"] as const)
    expect(predict(critical, act, { reason: "In theatre" }, AT)).toBe(critical);
});

test("puts back what was dismissed as it was before", () => {
  const done = notification({ priority: "critical", status: "acknowledged", acknowledged_at: AT });
  const dismissed = predict(done, "dismiss", undefined, AT);
  expect([dismissed.status, canDismiss(dismissed)]).toEqual(["dismissed", false]);
  expect(predict(dismissed, "restore", undefined, AT)).toEqual(done);
  expect(predict(notification({ status: "dismissed" }), "restore", undefined, AT).status).toBe("read");
});

test("reads, unreads, snoozes and wakes", () => {
  const read = predict(critical, "read", undefined, AT);
  expect(read.status).toBe("read");
  expect(predict(read, "unread", undefined, AT)).toMatchObject({ status: "delivered", read_at: null });
  expect(needsAcknowledgement(read)).toBe(true);
  const until = new Date(AT);
  expect(predict(critical, "snooze", { until }, AT).snoozed_until).toBe(AT);
  expect(predict(critical, "snooze", { until: null }, AT).snoozed_until).toBe(null);
});
