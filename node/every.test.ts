import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { every, whileFull } from "./every.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const unheard = (): void => undefined;

test("begins a round about every so many ms after the last one ended, and never two at a time", async () => {
  let began = 0;
  let end = (): void => undefined;
  const loop = every(
    1_000,
    () => {
      began += 1;
      return new Promise<void>((resolve) => (end = resolve));
    },
    unheard,
  );
  await vi.advanceTimersByTimeAsync(1_000);
  expect(began).toBe(1);
  loop.poke();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(began).toBe(1);
  end();
  await vi.advanceTimersByTimeAsync(749);
  expect(began).toBe(1);
  await vi.advanceTimersByTimeAsync(501);
  expect(began).toBe(2);
});

test("begins at once when poked, and counts the pause anew from there", async () => {
  let began = 0;
  const loop = every(1_000, async () => void (began += 1), unheard, 0);
  await vi.advanceTimersByTimeAsync(1);
  expect(began).toBe(1);
  await vi.advanceTimersByTimeAsync(700);
  loop.poke();
  expect(began).toBe(2);
  await vi.advanceTimersByTimeAsync(740);
  expect(began).toBe(2);
  await loop.stop();
});

test("goes on after a round that failed, and says so", async () => {
  const failures: unknown[] = [];
  const loop = every(
    100,
    () => Promise.reject(new Error("broken")),
    (err) => failures.push(err),
    0,
  );
  await vi.advanceTimersByTimeAsync(1_000);
  expect(failures.length).toBeGreaterThanOrEqual(8);
  expect(failures[0]).toEqual(new Error("broken"));
  await loop.stop();
});

test("is stopped: the round that is running hears of it and is waited for, and none comes after it", async () => {
  const steps: string[] = [];
  const loop = every(
    100,
    async (stopping) => {
      steps.push("began");
      await new Promise((resolve) => stopping.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 50));
      steps.push("ended");
    },
    unheard,
    0,
  );
  await vi.advanceTimersByTimeAsync(1);
  const stopped = loop.stop().then(() => steps.push("stopped"));
  await vi.advanceTimersByTimeAsync(50);
  await stopped;
  loop.poke();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(steps).toEqual(["began", "ended", "stopped"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("finds anew at once while it finds as many as it looks for, and not for ever", async () => {
  const { signal } = new AbortController();
  const sizes = [2, 2, 1];
  const worked: number[] = [];
  const find = async (): Promise<number[]> => Array.from({ length: sizes.shift() ?? 2 }, () => 0);
  const work = async (found: number[]) => worked.push(found.length);
  await whileFull(2, signal, find, work);
  expect(worked).toEqual([2, 2, 1]);
  await whileFull(2, signal, find, work);
  expect(worked).toHaveLength(103);
  await whileFull(2, AbortSignal.abort(), find, work);
  expect(worked).toHaveLength(103);
});
