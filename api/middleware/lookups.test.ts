import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createCounters } from "../../config/counters.ts";
import { createRateLimits } from "./limits.ts";
import { createLookups } from "./lookups.ts";
import { Throttled } from "./throttled.ts";

const FREE = 5;

/** Look-ups of one node, in which one credential is somebody's. A look-up ends when the test says so, if it is `held`. */
function stage() {
  const settings = { sendsPerSecond: 1, revealsPerHour: 1, failuresPerMinute: FREE, accountFailures: 1 };
  const lookups = createLookups(createRateLimits(settings, createCounters(null)));
  const asked: string[] = [];
  let running = 0;
  let most = 0;
  const find = (shown: string, party: string): Promise<string | null> =>
    lookups.find(shown, party, async () => {
      asked.push(shown);
      most = Math.max(most, ++running);
      await setImmediate();
      running -= 1;
      return shown === "right" ? "somebody" : null;
    });
  return { find, asked, most: () => most };
}

describe("look-ups of what may be made up", () => {
  it("take turns, one at a time, once a party has shown too many wrong ones", async () => {
    const { find, asked, most } = stage();
    await Promise.all(Array.from({ length: FREE }, (_, n) => find(`wrong ${n}`, "stranger")));
    expect(most()).toBe(FREE);
    const late = stage();
    for (let n = 0; n < FREE; n++) await late.find(`wrong ${n}`, "stranger");
    const answers = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => late.find(`more ${n}`, "stranger")),
    );
    expect(late.most()).toBe(1);
    expect(late.asked).toHaveLength(FREE + 8);
    const refused = answers.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(22);
    for (const one of refused) expect(one).toMatchObject({ reason: expect.any(Throttled) });
    expect(asked).toHaveLength(FREE);
  });

  it("find what is right from an address that has shown too many wrong ones", async () => {
    const { find } = stage();
    for (let n = 0; n < 2 * FREE; n++) await find(`wrong ${n}`, "shared");
    expect(await find("right", "shared")).toBe("somebody");
  });

  it("find at once what was right before, however many wait, and what is right counts for nothing", async () => {
    const { find, most } = stage();
    for (let n = 0; n < 3 * FREE; n++) expect(await find("right", "hospital")).toBe("somebody");
    for (let n = 0; n < FREE; n++) await find(`wrong ${n}`, "hospital");
    const flood = Promise.allSettled(Array.from({ length: 30 }, (_, n) => find(`more ${n}`, "hospital")));
    expect(await Promise.all(Array.from({ length: 5 }, () => find("right", "hospital")))).toEqual(
      Array.from({ length: 5 }, () => "somebody"),
    );
    expect(most()).toBeGreaterThanOrEqual(5);
    await flood;
  });

  it("of other parties are made at once", async () => {
    const { find, asked } = stage();
    for (let n = 0; n < FREE; n++) await find(`wrong ${n}`, "stranger");
    const flood = Promise.allSettled(Array.from({ length: 30 }, (_, n) => find(`more ${n}`, "stranger")));
    await find("theirs", "hospital");
    expect(asked.indexOf("theirs")).toBeLessThan(FREE + 3);
    await flood;
  });
});
