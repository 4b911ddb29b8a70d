import { expect, it } from "vitest";
import { shareReads } from "./shared-reads.ts";

it("has all who ask meanwhile share one reading, which begins after they asked, also behind one that fails", async () => {
  const readings: { of: string; end: PromiseWithResolvers<string> }[] = [];
  const read = shareReads((of) => {
    const end = Promise.withResolvers<string>();
    readings.push({ of, end });
    return end.promise;
  });
  const first = read("a");
  const rest = [read("a"), read("a"), read("a")];
  const other = read("b");
  expect(readings.map(({ of }) => of)).toEqual(["a", "b"]);
  readings[0]?.end.reject(new Error("away"));
  readings[1]?.end.resolve("of b");
  await expect(first).rejects.toThrow("away");
  expect(await other).toBe("of b");
  expect(readings.map(({ of }) => of)).toEqual(["a", "b", "a"]);
  readings[2]?.end.resolve("of a");
  expect(await Promise.all(rest)).toEqual(["of a", "of a", "of a"]);
  // Nothing is kept: whoever asks later reads anew.
  void read("a");
  expect(readings).toHaveLength(4);
});
