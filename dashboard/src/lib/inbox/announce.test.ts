import { expect, test } from "vitest";
import { announce } from "./announce.ts";
import { notification } from "./fixture.ts";

test("interrupts for critical notifications only", () => {
  expect(announce([notification({ priority: "critical", title: "Rapid response" }), notification()])).toEqual(
    {
      assertive: "Critical notification: Rapid response",
      polite: "New notification: Bed 4 is ready.",
    },
  );
});

test("reads out in words what was hidden", () => {
  expect(announce([notification({ title: "Call [NAME]" })]).polite).toBe(
    "New notification: Call name hidden",
  );
});

test("counts several and says nothing of none", () => {
  expect(announce([notification(), notification({ priority: "high" })])).toEqual({
    assertive: "",
    polite: "2 new notifications",
  });
});

test("cuts a long message short", () => {
  expect(announce([notification({ message: "x".repeat(1_000) })]).polite.length).toBeLessThan(200);
});
