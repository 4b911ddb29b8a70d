import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createOneByOne } from "./one-by-one.ts";
import { Throttled } from "./throttled.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that takes so many seconds. */
const lasting =
  (seconds: number, done: string[] = [], name = "") =>
  async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
    done.push(name);
  };

it("tells whoever has waited for half a minute to come again, and does not do their work: nobody would hear of it", async () => {
  const inLine = createOneByOne(10);
  const done: string[] = [];
  const all = Promise.allSettled(
    ["a", "b", "c", "d", "e"].map((name) => inLine("ada", lasting(14, done, name))),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await all).map(({ status }) => status)).toEqual([
    ...["fulfilled", "fulfilled", "fulfilled"],
    ...["rejected", "rejected"],
  ]);
  expect(done).toEqual(["a", "b", "c"]);
  expect((await all).flatMap((one) => ("reason" in one ? [one.reason instanceof Throttled] : []))).toEqual([
    true,
    true,
  ]);
  // Whoever comes then does not wait.
  const later = inLine("ada", lasting(1, done, "f"));
  await vi.advanceTimersByTimeAsync(1_000);
  await later;
  expect(done.at(-1)).toBe("f");
});

it("has one piece of each done at a time, and no more wait than may", async () => {
  const inLine = createOneByOne(2);
  const done: string[] = [];
  const mine = [inLine("ada", lasting(2, done, "mine")), inLine("ada", lasting(2, done, "mine too"))];
  await expect(inLine("ada", lasting(1))).rejects.toThrow(Throttled);
  const other = inLine("bob", lasting(1, done, "other"));
  await vi.advanceTimersByTimeAsync(4_000);
  await Promise.all([...mine, other]);
  expect(done).toEqual(["other", "mine", "mine too"]);
});
