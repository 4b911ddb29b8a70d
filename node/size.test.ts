import { expect, it } from "vitest";
import { sizeOf } from "./size.ts";

it("shares a node's connections out between work, the reserve and sockets, and gives none away twice", () => {
  expect(sizeOf(18, 2).connections).toEqual({ work: 10, reserve: 4, sockets: 4 });
  for (const all of [9, 10, 19, 100, 1_000]) {
    const { work, reserve, sockets } = sizeOf(all).connections;
    expect(work + reserve + sockets).toBe(all);
    expect(Math.min(work, reserve, sockets)).toBeGreaterThan(1);
  }
});

it.each([
  [18, 1, 1],
  [18, 2, 1],
  [18, 16, 1],
  [72, 2, 1],
  [72, 8, 4],
  [72, 16, 4],
  [54, 8, 3],
  [9, 8, 1],
])("with %d connections and %d cores does %d times as much at a time", (connections, cores, times) => {
  expect(sizeOf(connections, cores).times).toBe(times);
});
