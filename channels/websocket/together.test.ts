import { expect, test } from "vitest";
import { together } from "./together.ts";

/** A call that ends when the test says so. */
function held() {
  const calls: { items: number[]; end: PromiseWithResolvers<number[]> }[] = [];
  const ask = together((items: number[]) => {
    const end = Promise.withResolvers<number[]>();
    calls.push({ items, end });
    return end.promise;
  }, 3);
  return { calls, ask };
}

test("the first goes at once; those that come meanwhile go together, in lists within the bound", async () => {
  const { calls, ask } = held();
  const answers = [ask(1)];
  await expect.poll(() => calls.length).toBe(1);
  answers.push(...[2, 3, 4, 5].map(ask));
  expect(calls.map(({ items }) => items)).toEqual([[1]]);
  for (const turn of [0, 1, 2]) {
    await expect.poll(() => calls.length).toBe(turn + 1);
    calls[turn]?.end.resolve(calls[turn].items.map((item) => 10 * item));
  }
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50]);
  expect(calls.map(({ items }) => items)).toEqual([[1], [2, 3, 4], [5]]);
});

test("a call that fails fails for its own items alone", async () => {
  const { calls, ask } = held();
  const first = ask(1);
  await expect.poll(() => calls.length).toBe(1);
  const second = ask(2);
  calls[0]?.end.reject(new Error("away"));
  await expect(first).rejects.toThrow("away");
  await expect.poll(() => calls.length).toBe(2);
  calls[1]?.end.resolve([20]);
  expect(await second).toBe(20);
});
