import { expect, it } from "vitest";
import type { Stretch } from "./ports.ts";
import { createReception } from "./reception.ts";

const noFailure = (error: unknown): void => expect(error).toBeNull();

function collect(start: number) {
  const written: { device: Stretch; seen: Stretch }[] = [];
  const reception = createReception(
    start,
    async (device, seen) => void written.push({ device, seen }),
    noFailure,
    new AbortController().signal,
  );
  return { reception, written };
}

it("writes the receipts of a device and of a visible page, each once", async () => {
  const { reception, written } = collect(3);
  reception.upTo(5, false);
  await expect.poll(() => written).toEqual([{ device: { after: 3, to: 5 }, seen: { after: 3, to: 3 } }]);
  reception.upTo(5, true);
  reception.upTo(5, true);
  await expect
    .poll(() => written.slice(1))
    .toEqual([{ device: { after: 5, to: 5 }, seen: { after: 3, to: 5 } }]);
});

it("writes a receipt of any size, a stretch at a time and without a gap", async () => {
  const { reception, written } = collect(0);
  reception.upTo(1_234, true);
  await expect.poll(() => written.at(-1)?.seen.to).toBe(1_234);
  const ends = written.map(({ device }) => [device.after, device.to]);
  expect(ends).toEqual([
    [0, 500],
    [500, 1_000],
    [1_000, 1_234],
  ]);
});

it("writes again the receipts of changes that a client goes back over", async () => {
  const { reception, written } = collect(0);
  reception.upTo(4, false);
  await expect.poll(() => written).toHaveLength(1);
  reception.rewind(2);
  reception.upTo(4, false);
  await expect.poll(() => written.at(-1)?.device).toEqual({ after: 2, to: 4 });
});
