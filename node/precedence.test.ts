import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Lane } from "../channels/contract.ts";
import { createPrecedence, inLane, type Precedence } from "./precedence.ts";

let precedence: Precedence;
beforeEach(() => {
  vi.useFakeTimers();
  precedence = createPrecedence();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Asks for turns; tells how many of them came. */
function ask(lane: Lane, count = 1): () => number {
  let came = 0;
  for (let n = 0; n < count; n += 1) void precedence.activities.turn(lane).then(() => (came += 1));
  return () => came;
}

/** Lets ms pass, in which `busy` does something every 10 ms. */
async function pass(ms: number, busy?: Lane): Promise<void> {
  for (let gone = 0; gone < ms; gone += 10) {
    if (busy !== undefined) precedence.note(busy);
    await vi.advanceTimersByTimeAsync(10);
  }
}

describe("precedence", () => {
  it.each(["critical", "ordinary", "bulk"] as const)(
    "gives %s its turn at once when it is alone",
    async (lane) => {
      const turns = ask(lane, 50);
      await vi.advanceTimersByTimeAsync(0);
      expect(turns()).toBe(50);
    },
  );

  it.each([
    ["critical", "ordinary"],
    ["critical", "bulk"],
    ["ordinary", "bulk"],
  ] as const)("while %s is at work, lets %s go on when it paused", async (above, below) => {
    ask(below);
    await pass(10, above);
    const turns = ask(below);
    await pass(20, above);
    expect(turns()).toBe(0);
    await pass(300);
    expect(turns()).toBe(1);
  });

  it.each([
    ["ordinary", "critical"],
    ["bulk", "critical"],
    ["bulk", "ordinary"],
  ] as const)("lets no work of %s hold up %s", async (below, above) => {
    await pass(100, below);
    const turns = ask(above, 5);
    await vi.advanceTimersByTimeAsync(0);
    expect(turns()).toBe(5);
  });

  it.each([
    ["ordinary", 20],
    ["bulk", 4],
  ] as const)(
    "starves nobody: %s has about %i turns a second beside what never pauses",
    async (lane, turns) => {
      await pass(10, "critical");
      const came = ask(lane, 100);
      await pass(1_000, "critical");
      expect(came()).toBeGreaterThanOrEqual(turns - 1);
      expect(came()).toBeLessThanOrEqual(turns + 2);
    },
  );

  it("makes nobody wait for longer than 4 s, however many wait", async () => {
    await pass(10, "critical");
    const came = ask("bulk", 1_000);
    await pass(4_100, "critical");
    expect(came()).toBe(1_000);
  });

  it.each([
    ["ordinary", 4, 1],
    ["bulk", 1, 1],
    ["critical", 20, 1],
    ["ordinary", 12, 3],
    ["bulk", 3, 3],
  ] as const)("does work of %s %i at a time on a node %d times as large", async (lane, width, times) => {
    precedence = createPrecedence(times);
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
    };
    const all = Promise.all(Array.from({ length: 20 }, () => precedence.activities.inTurn(lane, work)));
    await vi.advanceTimersByTimeAsync(2_000);
    await all;
    expect(most).toBe(width);
  });

  it("takes four steps of critical alerts at a time, whatever else is critical", async () => {
    let running = 0;
    const escalate = async (): Promise<never> => {
      running += 1;
      return await new Promise(() => undefined);
    };
    const skipRest = vi.fn<() => Promise<void>>().mockResolvedValue();
    const unused = vi.fn<() => never>();
    const own = {
      ...{ persist: unused, broadcastPage: unused, bulkPages: unused, deliver: unused, standDown: unused },
      ...{ giveUp: unused, roundLeft: unused, escalate, skipRest },
    };
    const unasked = (): never => {
      throw new Error("no step asks for its task");
    };
    const worker = inLane(own, "critical", precedence, unasked);
    for (let n = 0; n < 100; n++) void worker.escalate("1");
    await vi.advanceTimersByTimeAsync(0);
    expect(running).toBe(4);
    void worker.skipRest("1", ["2"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(skipRest).toHaveBeenCalledOnce();
  });

  it("goes on after work that failed", async () => {
    await expect(precedence.activities.inTurn("bulk", () => Promise.reject(new Error("no")))).rejects.toThrow(
      "no",
    );
    await expect(precedence.activities.inTurn("bulk", () => Promise.resolve("done"))).resolves.toBe("done");
  });
});
