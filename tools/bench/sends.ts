import type { Child } from "./child.ts";
import type { Clients } from "./clients.ts";
import { type Load, measure, median, quantile, Run, Used } from "./measure.ts";
import { type Report, row } from "./report.ts";

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
): Promise<Report> {
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
  return report(sends, floor);
}

const keys = ["single", "busy", "intake"] as const;
const WARM_UP: Load = { count: 100, lanes: 20, until: "done" };

function report(sends: Figures, floor: Figures): Report {
  const compared = (what: string, unit: string, of: (figures: Figures) => number): string => {
    const [ours, theirs] = [of(sends), of(floor)];
    return row(`${what}, ${unit}`, [ours, theirs, ours / theirs]);
  };
  const rate = (name: keyof Figures) => (figures: Figures) =>
    median(figures[name].map(({ perSecond }) => perSecond));
  const latency = (name: keyof Figures, q: number) => (figures: Figures) =>
    median(figures[name].map(({ latencies }) => quantile(latencies, q)));
  const lines = [
    row("", ["send", "empty", "ratio"]),
    compared("accepted, 20 at once", "per s", rate("intake")),
    compared("accepted and shown, 20 at once", "per s", rate("busy")),
    compared("send to socket, one at a time, p50", "ms", latency("single", 0.5)),
    compared("send to socket, one at a time, p99", "ms", latency("single", 0.99)),
    compared("send to socket, 20 at once, p50", "ms", latency("busy", 0.5)),
    compared("send to socket, 20 at once, p99", "ms", latency("busy", 0.99)),
    compared("the node's own CPU, 20 at once", "ms", (figures) => median(figures.busy.map(({ cpu }) => cpu))),
  ];
  const [single, busy] = [latency("single", 0.5), rate("busy")];
  return {
    lines,
    figures: {
      accepted_per_second: rate("intake")(sends),
      shown_per_second: busy(sends),
      empty_per_second: busy(floor),
      shown_ratio: busy(sends) / busy(floor),
      single_ms: single(sends),
      empty_single_ms: single(floor),
      single_ratio: single(sends) / single(floor),
    },
  };
}
