import { expect, it } from "vitest";
import { judgeInThread } from "./judge.ts";

const patterns = (...sources: string[]) => sources.map((source) => ({ kind: "other_id" as const, source }));
/** Letters of any script: what takes longest to compile of all that is let in. */
const COSTLY = Array.from({ length: 50 }, (_, n) => `K${n}\\pL{1,15}`);

it("judges each pattern, and all of them together", async () => {
  const harmful = await judgeInThread({ patterns: patterns("\\w{1,40}"), hidden: [] });
  expect(harmful).toEqual({ faults: [null], harm: expect.stringContaining("6.8") });
  const refused = await judgeInThread({ patterns: patterns("QX-\\d{4}", "(a+)+b"), hidden: [] });
  expect(refused).toEqual({ faults: [null, "unbounded"], harm: null });
  const fine = { patterns: patterns("QX-\\d{4}"), hidden: [{ kind: "name" as const, value: "Ward North" }] };
  expect(await judgeInThread(fine)).toEqual({ faults: [null], harm: null });
});

it("leaves this thread to everything else meanwhile", async () => {
  let others = 0;
  const other = setInterval(() => others++, 1);
  const { faults } = await judgeInThread({ patterns: patterns(...COSTLY), hidden: [] });
  clearInterval(other);
  expect(new Set(faults)).toEqual(new Set([null]));
  expect(others).toBeGreaterThan(10);
});

it("gives up what takes too long", async () => {
  await expect(judgeInThread({ patterns: patterns(...COSTLY), hidden: [] }, 1)).rejects.toMatchObject({
    name: "RedactionUnfinished",
    code: "time",
  });
});
