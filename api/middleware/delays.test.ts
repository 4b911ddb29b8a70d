import { expect, it } from "vitest";
import { createCounters } from "../../config/counters.ts";
import { createDelays, delayAfter } from "./delays.ts";

it("makes each further try wait longer, up to 20 minutes: fewer than 100 get through in a day", () => {
  expect([0, 1, 2, 3].map(delayAfter)).toEqual([30, 60, 120, 240]);
  expect(delayAfter(1_000)).toBe(1_200);
  let seconds = 0;
  let tries = 10;
  for (let over = 0; seconds < 86_400; over++, tries++) seconds += delayAfter(over);
  expect(tries).toBeLessThan(100);
});

it("lets the free ones through, says how long to wait, once first, and begins anew when forgotten", async () => {
  const delays = createDelays("test", 2, createCounters(null));
  await delays.take("a");
  await delays.take("a");
  const refused = { status: 429, headers: { "Retry-After": "30" }, first: true };
  await expect(delays.take("a")).rejects.toMatchObject(refused);
  await expect(delays.take("a")).rejects.toMatchObject({ first: false });
  await delays.take("b");
  await delays.forget("a");
  await delays.take("a");
});

it("lets as many through side by side as one after the other", async () => {
  const delays = createDelays("test", 5, createCounters(null));
  const tries = await Promise.allSettled(Array.from({ length: 60 }, () => delays.take("a")));
  expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
});
