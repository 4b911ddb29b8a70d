import { z } from "zod";

/** One operation under measurement: accepted first, done later. Both resolve to `performance.now()` of that moment. */
export interface Operation {
  accepted: Promise<number>;
  done: Promise<number>;
}

/**
 * How to load: `count` operations in `lanes` that run side by side; each goes on once its operation is accepted, or
 * done.
 */
export interface Load {
  count: number;
  lanes: number;
  until: keyof Operation;
}

/** The figures of a load: operations per second, ms from start to done of each, and ms of CPU used by the node for each. */
export const Run = z.object({ perSecond: z.number(), latencies: z.array(z.number()), cpu: z.number() });
export type Run = z.infer<typeof Run>;

/** What a program has used so far: ms of CPU, all threads, and the bytes of memory that it has at the moment. */
export const Used = z.object({ cpu: z.number(), memory: z.number() });
export type Used = z.infer<typeof Used>;

export const usedByNow = (): Used => ({ cpu: cpuUsed(), memory: process.memoryUsage.rss() });

/** ms of CPU that this process, all threads, has used. */
export const cpuUsed = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1_000;

/** Applies a load; ends when every operation is done. `used` tells what the node under load has used so far. */
export async function measure(
  { count, lanes, until }: Load,
  operate: (lane: number) => Operation,
  used: () => Promise<Pick<Used, "cpu">> | Pick<Used, "cpu">,
): Promise<Run> {
  const { cpu: before } = await used();
  const latencies: Promise<number>[] = [];
  let left = count;
  let last = 0;
  const start = performance.now();
  const work = async (lane: number): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      const operation = operate(lane);
      latencies.push(operation.done.then((at) => at - began));
      last = Math.max(last, await operation[until]);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
  const ended = await Promise.all(latencies);
  return {
    perSecond: (1_000 * count) / (last - start),
    latencies: ended,
    cpu: ((await used()).cpu - before) / count,
  };
}

/** The value below which the share `q` of all lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
