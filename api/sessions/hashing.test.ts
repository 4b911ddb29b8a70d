import { expect, it } from "vitest";
import { createHashing } from "./hashing.ts";

/** Work that lasts until it is let go, and what is known of it. */
function works() {
  const ends: (() => void)[] = [];
  const order: string[] = [];
  let now = 0;
  let most = 0;
  return {
    order,
    most: () => most,
    endNext: () => ends.shift()?.(),
    work: (name: string) => async () => {
      order.push(name);
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => ends.push(resolve));
      now--;
      return name;
    },
  };
}

it("runs no more at once than it may, in order, those with a known device first, and turns away who finds no place", async () => {
  const hashing = createHashing({ atOnce: 2, waiting: 3 });
  const { order, most, endNext, work } = works();
  const done = [1, 2, 3, 4, 5].map((n) => hashing.turn(work(`other ${n}`), { from: "a" }));
  await expect(hashing.turn(work("too many"), { from: "a" })).rejects.toMatchObject({
    status: 503,
    headers: { "Retry-After": expect.stringMatching(/^[1-9]/) },
  });
  // A flood of others leaves places to those who are known.
  done.push(hashing.turn(work("known"), { from: "b", first: true }));
  expect(order).toEqual(["other 1", "other 2"]);
  for (const settled of done.keys()) {
    endNext();
    await expect.poll(() => order.length).toBe(Math.min(6, settled + 3));
  }
  await Promise.all(done);
  expect(order).toEqual(["other 1", "other 2", "known", "other 3", "other 4", "other 5"]);
  expect(most()).toBe(2);
});

it("gives a place back after a failure", async () => {
  const hashing = createHashing({ atOnce: 1, waiting: 1 });
  await expect(hashing.turn(() => Promise.reject(new Error("no")), { from: "a" })).rejects.toThrow("no");
  expect(await hashing.turn(() => Promise.resolve("yes"), { from: "a" })).toBe("yes");
});

it("gives a place of whoever has most to a newcomer who has fewer, in a queue that is full", async () => {
  const hashing = createHashing({ atOnce: 1, waiting: 3 });
  const { order, endNext, work } = works();
  const ask = (name: string, from: string) => hashing.turn(work(name), { from }).catch(() => "refused");
  const done = ["a 1", "a 2", "a 3", "a 4"].map((name) => ask(name, "a"));
  done.push(ask("b 1", "b"), ask("a 5", "a"), ask("b 2", "b"), ask("c 1", "c"), ask("c 2", "c"));
  for (let count = 1; count <= 4; count++) {
    await expect.poll(() => order.length).toBe(count);
    endNext();
  }
  expect(await Promise.all(done)).toEqual([
    ...["a 1", "a 2", "refused", "refused", "b 1", "refused", "refused", "c 1", "refused"],
  ]);
});

it("gives a place of a site with many networks to a newcomer from elsewhere, and shares what the site has among its networks", async () => {
  const hashing = createHashing({ atOnce: 1, waiting: 4 });
  const { order, endNext, work } = works();
  const ask = (from: string) => hashing.turn(work(from), { from }).catch(() => `refused ${from}`);
  const site = (network: number): string => `2001:db8:1:${network}`;
  const done = [ask("running"), ...[1, 1, 2, 3].map((network) => ask(site(network)))];
  // One network has two places, so that another one of the site may have one of them; then nobody of the site has more than it would.
  done.push(ask(site(4)), ask(site(5)));
  done.push(ask("192.0.2.1"), ask("2001:db8:2:1"), ask("2001:db8:3:1"));
  for (let count = 1; count <= 5; count++) {
    await expect.poll(() => order.length).toBe(count);
    endNext();
  }
  await Promise.all(done);
  expect(order.slice(1).filter((from) => from.startsWith("2001:db8:1:"))).toHaveLength(1);
  expect(order).toEqual(expect.arrayContaining(["192.0.2.1", "2001:db8:2:1", "2001:db8:3:1"]));
});

it("lets somebody of the others in after three who go first, however many of these come", async () => {
  const hashing = createHashing({ atOnce: 1, waiting: 8 });
  const { order, endNext, work } = works();
  const done: Promise<unknown>[] = [];
  const first = (name: string) => done.push(hashing.turn(work(name), { from: "device", first: true }));
  for (let count = 0; count < 4; count++) first(`first ${count}`);
  done.push(hashing.turn(work("other"), { from: "newcomer" }));
  await expect.poll(() => order.length).toBe(1);
  // Whoever goes first comes back at once, so that there is always another.
  for (let count = 4; count < 9; count++) {
    endNext();
    first(`first ${count}`);
    await expect.poll(() => order.length).toBe(count - 2);
  }
  expect(order).toEqual(["first 0", "first 1", "first 2", "first 3", "other", "first 4"]);
  while (order.length < done.length) {
    const before = order.length;
    endNext();
    await expect.poll(() => order.length).toBe(before + 1);
  }
  endNext();
  await Promise.all(done);
});
