import { expect, it } from "vitest";
import { createSlots } from "./slots.ts";

it("lets so many go on at a time, and the others in their order, whatever fails", async () => {
  const inTurn = createSlots(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const works = gates.map(({ promise }, place) =>
    inTurn(async () => {
      begun.push(place);
      await promise;
      return place;
    }).catch(() => "failed"),
  );
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1]);
  gates[1]?.reject(new Error("no"));
  expect(await works[1]).toBe("failed");
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  expect(await Promise.all(works)).toEqual([0, "failed", 2, 3]);
  expect(begun).toEqual([0, 1, 2, 3]);
});
