import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { type Load, measure, median, quantile, Run, Used } from "./measure.ts";

/** The loads that are compared; `count` is per round. */
const LOADS = {
  single: { lanes: 1, until: "done" },
  busy: { lanes: 20, until: "done" },
  intake: { lanes: 20, until: "accepted" },
} as const satisfies Record<string, Omit<Load, "count">>;

type Figures = Record<keyof typeof LOADS, Run[]>;

/**
 * Compares sends with empty workflows on the same server. Rounds alternate, so that a machine that slows down slows both;
 * the figures shown are medians over rounds.
 */
export async function compareSends(
  clients: Clients,
  node: Child<unknown>,
  empty: Child<unknown>,
  { rounds, count }: { rounds: number; count: number },
): Promise<string[]> {
  const sends: Figures = { single: [], busy: [], intake: [] };
  const floor: Figures = { single: [], busy: [], intake: [] };
  const send = (load: Load): Promise<Run> => measure(load, clients.send, () => node.ask({}, Used));
  const start = (load: Load): Promise<Run> => empty.ask(load, Run);
  await send(WARM_UP);
  await start(WARM_UP);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of keys) {
      const load = { ...LOADS[name], count: name === "single" ? Math.ceil(count / 3) : count };
      sends[name].push(await send(load));
      floor[name].push(await start(load));
    }
  }
  return table(sends, floor);
}

const keys = ["single", "busy", "intake"] as const;
const WARM_UP: Load = { count: 100, lanes: 20, until: "done" };

function table(sends: Figures, floor: Figures): string[] {
  const row = (what: string, unit: string, of: (figures: Figures) => number): string => {
    const [ours, theirs] = [of(sends), of(floor)];
    const cells = [ours.toFixed(1), theirs.toFixed(1), (ours / theirs).toFixed(2)].map((cell) =>
      cell.padStart(9),
    );
    return `  ${`${what}, ${unit}`.padEnd(46)}${cells.join("")}`;
  };
  const rate = (name: keyof Figures) => (figures: Figures) =>
    median(figures[name].map(({ perSecond }) => perSecond));
  const latency = (name: keyof Figures, q: number) => (figures: Figures) =>
    median(figures[name].map(({ latencies }) => quantile(latencies, q)));
  return [
    `  ${"".padEnd(46)}${["send", "empty", "ratio"].map((cell) => cell.padStart(9)).join("")}`,
    row("accepted, 20 at once", "per s", rate("intake")),
    row("accepted and shown, 20 at once", "per s", rate("busy")),
    row("send to socket, one at a time, p50", "ms", latency("single", 0.5)),
    row("send to socket, one at a time, p99", "ms", latency("single", 0.99)),
    row("send to socket, 20 at once, p50", "ms", latency("busy", 0.5)),
    row("send to socket, 20 at once, p99", "ms", latency("busy", 0.99)),
    row("the node's own CPU, 20 at once", "ms", (figures) => median(figures.busy.map(({ cpu }) => cpu))),
  ];
}
