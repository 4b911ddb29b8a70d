import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { within } from "./within.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const late = (): string => "late";
const never = new Promise<never>(() => undefined);

test("is the work's own result or error when it is in time, and leaves no timer behind", async () => {
  expect(await within(Promise.resolve("done"), 100, late)).toBe("done");
  await expect(within(Promise.reject(new Error("broken")), 100, late)).rejects.toThrow("broken");
  expect(vi.getTimerCount()).toBe(0);
});

test("is what `late` says once the time is over, and not before", async () => {
  let settled: string | null = null;
  void within(never, 100, late).then((result) => (settled = result));
  await vi.advanceTimersByTimeAsync(99);
  expect(settled).toBe(null);
  await vi.advanceTimersByTimeAsync(1);
  expect(settled).toBe("late");
});

test("throws what `late` throws", async () => {
  const answer = within(never, 100, () => {
    throw new Error("too late");
  });
  const settled = Promise.allSettled([answer]);
  await vi.advanceTimersByTimeAsync(100);
  expect(await settled).toEqual([{ status: "rejected", reason: new Error("too late") }]);
});

test("lets work that fails after its time fail unheard", async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const answer = within(promise, 100, late);
  await vi.advanceTimersByTimeAsync(100);
  expect(await answer).toBe("late");
  reject(new Error("nobody waits"));
  // Vitest fails the run for a rejection that nobody handled.
  await vi.advanceTimersByTimeAsync(0);
});
