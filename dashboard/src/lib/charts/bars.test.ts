import { expect, test } from "vitest";
import { sumOf } from "./bar.ts";
import { escalationBar, timeBar, volumeBars } from "./bars.ts";

test("counts deliveries by channel, the largest first, what arrived before what failed", () => {
  const [sms, email] = volumeBars([
    { channel: "email", outcome: "delivered", deliveries: 5 },
    { channel: "sms", outcome: "failed", deliveries: 2 },
    { channel: "sms", outcome: "offline", deliveries: 1 },
    { channel: "sms", outcome: "delivered", deliveries: 7 },
  ]);
  expect([sms?.name, sms?.words, email?.name, email?.words]).toEqual(["SMS", "10, 2 failed", "Email", "5"]);
  const parts = sms?.parts
    .filter(({ value }) => value > 0)
    .map(({ name, value, shade }) => [name, value, shade]);
  expect(parts).toEqual([
    ["Delivered", 7, "good"],
    ["Offline", 1, "grey"],
    ["Failed", 2, "bad"],
  ]);
});

test("is as long as nine in ten took, of which half is the first part", () => {
  const bar = timeBar("North", { acknowledged: { reached: 9, p50: 20, p90: 95 } });
  expect(bar.parts.map(({ value }) => value)).toEqual([20, 75]);
  expect(bar.words).toBe("20 s · 90 %: 1 min 35 s");
  expect(sumOf(timeBar("North", { acknowledged: { reached: 0, p50: null, p90: null } }))).toBe(0);
});

test("says how many of the alerts others were told of", () => {
  const bar = escalationBar("North", { alerts: 40, escalated: 5 });
  expect(bar.parts.map(({ value }) => value)).toEqual([5, 35]);
  expect(bar.words).toBe("5 of 40 (13 %)");
});
