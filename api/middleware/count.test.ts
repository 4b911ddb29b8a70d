import { expect, it } from "vitest";
import { inTurn } from "./count.ts";

it("two counts: what the second refuses counts with neither, and what turned out well is taken back from both", async () => {
  const counts = { first: 0, second: 0 };
  const of = (name: "first" | "second", most: number) => ({
    take: async () => {
      if (counts[name] >= most) throw new Error(name);
      counts[name] += 1;
      await Promise.resolve();
    },
    giveBack: async () => {
      counts[name] -= 1;
      await Promise.resolve();
    },
  });
  const both = inTurn(of("first", 3), of("second", 1));
  await both.take();
  await expect(both.take()).rejects.toThrow("second");
  expect(counts).toEqual({ first: 1, second: 1 });
  await both.giveBack();
  expect(counts).toEqual({ first: 0, second: 0 });
  counts.first = 3;
  await expect(both.take()).rejects.toThrow("first");
  expect(counts).toEqual({ first: 3, second: 0 });
});
