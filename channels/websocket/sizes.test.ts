import { expect, it } from "vitest";
import { createSizes } from "./sizes.ts";

it("says who has most, however they come and go", () => {
  const sizes = createSizes();
  const plain = new Map<string, number>();
  expect(sizes.largest(0)).toBeNull();
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let n = 0; n < 2_000; n++) {
    const name = `n${random(8)}`;
    const by = (plain.get(name) ?? 0) > 0 && random(2) === 0 ? -1 : 1;
    sizes.change(name, by);
    plain.set(name, (plain.get(name) ?? 0) + by);
    const most = Math.max(...plain.values());
    expect(sizes.of(name)).toBe(plain.get(name));
    expect(sizes.largest(most)).toBeNull();
    if (most > 0) expect(plain.get(sizes.largest(most - 1) ?? "")).toBe(most);
  }
});

it("names nobody where those with most have no more than is asked", () => {
  const sizes = createSizes();
  for (let n = 0; n < 5_000; n++) sizes.change(`n${n}`, 1);
  sizes.change("most", 1);
  sizes.change("most", 1);
  expect(sizes.largest(1)).toBe("most");
  expect(sizes.largest(2)).toBeNull();
  sizes.change("most", -1);
  expect(sizes.largest(1)).toBeNull();
});
