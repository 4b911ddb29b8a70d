import { expect, it } from "vitest";
import { createTurns } from "./turns.ts";

/** Work that ends when it is told to; `begun` holds the parties whose work began, in order. */
function stage(atOnce: number) {
  const inTurn = createTurns(atOnce);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (...party: string[]): Promise<void> =>
    inTurn(party, () => {
      begun.push(party.join("/"));
      return new Promise((resolve) => ends.push(resolve));
    });
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return {
    begun,
    ask,
    settle,
    async end(count = 1) {
      for (let i = 0; i < count; i++) {
        ends.shift()?.();
        await settle();
      }
    },
  };
}

it("lets parties take turns, however much one of them asks", async () => {
  const { begun, ask, settle, end } = stage(2);
  for (let i = 0; i < 50; i++) void ask("flood");
  void ask("other");
  void ask("other");
  void ask("third");
  await settle();
  expect(begun).toEqual(["flood", "flood"]);
  await end(6);
  expect(begun.slice(2)).toEqual(["flood", "other", "third", "flood", "other", "flood"]);
});

it("lets parties within a party take turns at its turns", async () => {
  const { begun, ask, settle, end } = stage(1);
  for (let i = 0; i < 50; i++) void ask("north", "flood");
  void ask("north", "ward");
  for (let i = 0; i < 3; i++) void ask("south", "lab");
  await settle();
  await end(6);
  expect(begun).toEqual([
    "north/flood",
    "north/flood",
    "south/lab",
    "north/ward",
    "south/lab",
    "north/flood",
    "south/lab",
  ]);
});

it("runs as many at a time as it may, and all of them in the end", async () => {
  const { begun, ask, settle, end } = stage(3);
  const all = Promise.all(Array.from({ length: 7 }, (_, i) => ask(`${i % 2}`)));
  await settle();
  expect(begun).toHaveLength(3);
  await end(7);
  await all;
  expect(begun).toHaveLength(7);
});

it("lets others have the place of work that waits for something else, which then takes a place again", async () => {
  const inTurn = createTurns(1);
  const heard: string[] = [];
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  const first = inTurn(["a"], async (aside) => {
    heard.push(await aside(() => answer));
    await Promise.resolve();
    heard.push("a ends");
  });
  await inTurn(["b"], async () => void heard.push("b"));
  const last = inTurn(["c"], async () => {
    resolve("a goes on");
    await answer;
    heard.push("c ends");
  });
  await Promise.all([first, last]);
  expect(heard).toEqual(["b", "c ends", "a goes on", "a ends"]);
  await expect(inTurn(["d"], (aside) => aside(() => Promise.reject(new Error("no"))))).rejects.toThrow("no");
  await expect(inTurn(["e"], () => Promise.resolve("done"))).resolves.toBe("done");
});

it("goes on after work that failed", async () => {
  const inTurn = createTurns(1);
  await expect(inTurn(["a"], () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(inTurn(["b"], () => Promise.resolve("done"))).resolves.toBe("done");
});
